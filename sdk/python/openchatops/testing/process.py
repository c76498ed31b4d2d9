"""The bot as a process, in a directory of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import _rpc
from .._endpoint import parse
from .._link import Keyed, Link
from ..errors import BotError, OcoError
from ..v1 import admin_pb2, bot_pb2
from .loop import PATIENCE


def program() -> str:
    """The program `oco`."""
    found = os.environ.get("OCO_BIN") or shutil.which("oco")
    if not found:
        raise OcoError("the bot's program is not there: put `oco` into the PATH, or name it by OCO_BIN")
    return str(Path(found).resolve())


def free_port() -> int:
    """A port of this machine that nobody uses, now and while a bot is killed and started again.

    It is below those from which systems give one to every connection.
    """
    for _ in range(100):
        port = 12_000 + secrets.randbelow(20_000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port
    raise OcoError("of a hundred ports that were tried none is free")


class Process:
    """A bot that is started, killed and started again on the same data."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        # A short path: that of a test's own directory may be too long for a socket.
        self.directory = Path(tempfile.mkdtemp(prefix="oco-"))
        self.endpoint = f"127.0.0.1:{free_port()}"
        """Where plugins dial."""
        listen = {"http": "", "grpc": self.endpoint, "tls": "off"}
        whole = {"data": "data", "listen": listen, **configuration}
        (self.directory / "oco.yaml").write_text(json.dumps(whole), encoding="utf-8")
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What the bot logged."""
        path = self.directory / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Starts the bot and returns when it answers operators and remote plugins."""
        if self._running is not None and self._running.poll() is None:
            raise OcoError("the bot runs already: kill it before it is started again")
        said = len(self.log)
        (self.directory / "data" / "operator.key").unlink(missing_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OCO_")}
        with (self.directory / "log").open("ab") as log:
            self._running = subprocess.Popen(
                [program(), "run", "-c", str(self.directory / "oco.yaml")],
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while not (self._operator_key() and self._listens(self.log[said:])):
            if self._running.poll() is not None or time.monotonic() > end:
                raise OcoError(f"the bot does not start:\n{self.log[-4000:]}")
            time.sleep(0.01)

    def _listens(self, log: str) -> bool:
        """Whether the bot has said where remote plugins dial, which it says last."""
        for line in log.splitlines():
            if '"msg":"remote plugins"' in line:
                self.endpoint = json.loads(line)["endpoint"]
                return True
        return False

    def _operator_key(self) -> str:
        path = self.directory / "data" / "operator.key"
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def operator(self) -> Keyed:
        """A connection of the operator's."""
        data = self.directory / "data"
        address = data / "operator.addr"
        where = address.read_text(encoding="utf-8").strip() if address.exists() else f"unix://{data / 'operator.sock'}"
        return Keyed(Link(parse(where)), self._operator_key())

    async def key(self, name: str, adapter: bool = False) -> str:
        """A new key for a plugin."""
        connection = self.operator()
        role = bot_pb2.ROLE_ADAPTER if adapter else bot_pb2.ROLE_HANDLER
        request = admin_pb2.CreateKeyRequest(name=name, role=role)
        try:
            answer = await connection.call(_rpc.CREATE_KEY, request, timeout=PATIENCE)
        except BotError as err:
            raise OcoError(f"the bot makes no key for {name}: {err}\n{self.log[-4000:]}") from err
        finally:
            await connection.link.close()
        return answer.key

    def kill(self) -> None:
        """Kills the bot, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Stops the bot in order; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._running is None:
            return 0
        if self._running.poll() is None:
            self._running.send_signal(number)
        try:
            return self._running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._running.kill()
            return self._running.wait()
        finally:
            self._running = None

    def remove(self) -> None:
        """Removes what the bot kept."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
