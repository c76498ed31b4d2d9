"""Runs plugins until the process is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from google.protobuf import json_format

from ._adapterpart import AdapterPart
from ._backoff import random_id
from ._callbacks import HandlerPart
from ._descriptor import read_descriptor
from ._endpoint import parse
from ._fork import leave_signals_alone
from ._keys import holder, read_keys
from ._link import Keyed, Link
from ._log import LOG, log_lines
from ._replica import Part, Replica
from ._watch import Watch
from .adapter import Adapter, AdapterPlugin
from .errors import OcoError, UsageError
from .handler import Handler
from .settings import problems_of
from .v1 import bot_pb2

Plugin = Handler | AdapterPlugin

_GRACE = 30.0
_BY_HAND = (
    "This is a plugin of OpenChatOps and needs a bot to talk to: try it with `oco try -- python {program}`, or set "
    "OCO_ENDPOINT and OCO_KEY, which `oco key new {name}` prints."
)
_BY_HALF = "oco: {there} is set and {missing} is not: `oco key new {name}` prints both."


def main(*plugins: Plugin) -> NoReturn:
    """Runs plugins until the process is told to stop, and exits. The whole main of a plugin::

        if __name__ == "__main__":
            oco.main(handler)

    It reads OCO_ENDPOINT, and the key from the descriptor that OCO_KEY_FD names (how the
    bot starts its children) or from OCO_KEY. With the argument --manifest it prints the
    manifest of each plugin as JSON and exits 0; with settings behind the descriptor
    OCO_SETTINGS_FD it prints what comes of them, or says on standard error what is wrong
    with them, a line "PATH: TEXT" for each problem, and exits 2. On SIGTERM or SIGINT it takes no new
    delivery, finishes what runs and exits 0; a second signal ends it at once. It exits 1
    if the bot refuses it, 2 if it was started without an endpoint or a key. Unless the
    program has set logging up, it logs to standard error, one JSON object a line where
    that is no terminal.
    """
    log_lines(child="OCO_KEY_FD" in os.environ)
    sys.exit(_main(sys.argv[1:], plugins))


def _main(arguments: Sequence[str], plugins: Sequence[Plugin]) -> int:
    try:
        _look(plugins)
        _no_loop()
    except UsageError as err:
        print(f"oco: {err}", file=sys.stderr)
        return 2
    if "--manifest" in arguments:
        return _manifests(plugins)
    endpoint = os.environ.get("OCO_ENDPOINT", "")
    inherited = bool(os.environ.get("OCO_KEY_FD"))
    insecure = os.environ.get("OCO_INSECURE") == "1"
    try:
        keys = read_keys([p.name for p in plugins])
        if not endpoint or not keys:
            name = plugins[0].name
            there, missing = ("OCO_ENDPOINT", "OCO_KEY") if endpoint else ("OCO_KEY", "OCO_ENDPOINT")
            text = _BY_HALF if endpoint or keys else _BY_HAND
            print(text.format(there=there, missing=missing, name=name, program=sys.argv[0]), file=sys.stderr)
            return 2
        asyncio.run(_until_told(plugins, endpoint, keys, insecure, inherited))
    except UsageError as err:
        print(f"oco: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 1
    except OcoError as err:
        print(f"oco: {err}", file=sys.stderr)
        return 1
    except Exception as err:
        LOG.critical("the plugin failed: %s", err, exc_info=err)
        print(f"oco: {type(err).__name__}: {err}", file=sys.stderr)
        return 1
    return 0


def _look(plugins: Sequence[object]) -> None:
    """Refuses what is no plugin."""
    if not plugins:
        raise UsageError("there is no plugin to run: give the handler to main")
    for plugin in plugins:
        if isinstance(plugin, Adapter):
            raise UsageError(f"{type(plugin).__name__} is an adapter: give main AdapterPlugin(NAME, SERVICE, adapter)")
        if not isinstance(plugin, (Handler, AdapterPlugin)):
            raise UsageError(f"{plugin!r} is no plugin: give main a Handler or an AdapterPlugin")


def _no_loop() -> None:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise UsageError("main runs a loop of its own, and here one runs already: write `await oco.run(…)`")


def _manifests(plugins: Sequence[Plugin]) -> int:
    """Prints the manifest of each plugin as JSON, or what is wrong with the settings that it was given for it."""
    try:
        problems = _assume(plugins)
    except UsageError as err:
        print(f"oco: {err}", file=sys.stderr)
        return 2
    if problems:
        for path, text in problems.items():
            line = f"{path}: {text}" if path else text
            print(line.replace("\n", "\n  "), file=sys.stderr)
        return 2
    for plugin in plugins:
        print(json_format.MessageToJson(plugin.manifest(), indent=2, ensure_ascii=False))
    return 0


def _assume(plugins: Sequence[Plugin]) -> dict[str, str]:
    """Gives a plugin the settings behind OCO_SETTINGS_FD, a RegisterResponse as JSON; what is wrong with them."""
    descriptor = os.environ.get("OCO_SETTINGS_FD", "")
    if not descriptor:
        return {}
    text = read_descriptor("OCO_SETTINGS_FD", descriptor, "settings")
    if len(plugins) != 1:
        raise UsageError(f"OCO_SETTINGS_FD holds the settings of one plugin, but this process holds {len(plugins)}")
    try:
        answer = json_format.Parse(text, bot_pb2.RegisterResponse(), ignore_unknown_fields=True)
    except json_format.ParseError:
        # The error would hold values.
        raise UsageError("what OCO_SETTINGS_FD holds is no RegisterResponse as JSON") from None
    declared = plugins[0]._declared
    if declared is None:
        return {}
    try:
        take = declared._read(answer.settings)
    except Exception as err:
        return problems_of(err)
    take()
    return {}


async def _until_told(
    plugins: Sequence[Plugin], endpoint: str, keys: Mapping[str, str], insecure: bool, inherited: bool
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    told = 0

    def tell() -> None:
        nonlocal told
        told += 1
        if told > 1:
            os._exit(1)
        stop.set()

    leave_signals_alone()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has other ways to end a process
            loop.add_signal_handler(number, tell)
    await run(*plugins, endpoint=endpoint, keys=keys, insecure=insecure, stop=stop, inherited=inherited)


async def run(
    *plugins: Plugin,
    endpoint: str,
    key: str = "",
    keys: Mapping[str, str] | None = None,
    stop: asyncio.Event | None = None,
    insecure: bool = False,
    replica: str = "",
    grace: float = _GRACE,
    log: logging.Logger | None = None,
    inherited: bool = False,
    ready: asyncio.Event | None = None,
) -> None:
    """Runs plugins until stop is set, then takes no new delivery, finishes what runs and returns.

    It raises why it gave up: KeyRefused, NotTheBot, Fenced, RegistrationRefused,
    SettingsChanged, or what an adapter's run raised. A bot that is out of reach is waited
    for. Several plugins need keys, one for each name. grace is how long callbacks may go
    on after stop. ready is set once deliveries come to all of them. Cancelled, it ends at
    once and nothing is finished.
    """
    stop = stop or asyncio.Event()
    of = _keys(plugins, key, dict(keys or {}), inherited)
    link = Link(parse(endpoint, insecure), known=inherited)
    name = replica or _replica_name()
    # One plugin that ends, ends the process.
    together = asyncio.Event()
    replicas = [Replica(p, _part(p), Keyed(link, of[p.name]), name, grace, log or LOG) for p in plugins]
    watches = [asyncio.ensure_future(_pass_on(stop, together))]
    if ready is not None:
        watches.append(asyncio.ensure_future(_all_ready(replicas, ready)))
    runs = [asyncio.ensure_future(_one(r, together)) for r in replicas]
    watch_ = Watch(asyncio.get_running_loop(), log or LOG)
    try:
        results = await asyncio.gather(*runs, return_exceptions=True)
    finally:
        watch_.end()
        for watch in watches:
            watch.cancel()
        for task in runs:
            task.cancel()
        await asyncio.gather(*runs, return_exceptions=True)
        await link.close()
    for err in results:
        if isinstance(err, BaseException):
            raise err


def _part(plugin: Plugin) -> Callable[[Replica], Part]:
    """What runs a plugin, on its replica."""
    if isinstance(plugin, Handler):
        return lambda replica: HandlerPart(plugin, replica)
    return lambda replica: AdapterPart(plugin, replica)


async def _pass_on(stop: asyncio.Event, to: asyncio.Event) -> None:
    await stop.wait()
    to.set()


async def _all_ready(replicas: Sequence[Replica], ready: asyncio.Event) -> None:
    for replica in replicas:
        await replica.ready.wait()
    ready.set()


async def _one(replica: Replica, together: asyncio.Event) -> None:
    try:
        await replica.run(together)
    finally:
        together.set()


def _keys(plugins: Sequence[Plugin], key: str, keys: dict[str, str], inherited: bool) -> dict[str, str]:
    _look(plugins)
    if len(plugins) > 1 and not keys:
        raise UsageError("several plugins need keys=, one key for each name")
    if not keys:
        keys = {plugins[0].name: key}
    for plugin in plugins:
        name = plugin.name
        if [p.name for p in plugins].count(name) > 1:
            raise UsageError(f"two plugins are called {name!r}")
        if not keys.get(name):
            raise UsageError(f"there is no key for the plugin {name!r}")
        if not inherited and holder(keys[name]) not in ("", name):
            # The bot knows plugins by their keys: this one would take the place of the other.
            raise UsageError(
                f"the key is that of the plugin {holder(keys[name])!r}, and this is the plugin {name!r}: "
                f"make its own with `oco key new {name}`"
            )
    return keys


def _replica_name() -> str:
    host = re.sub(r"[^A-Za-z0-9._~-]", "-", socket.gethostname())[:40] or "host"
    return f"{host}-{os.getpid()}-{random_id()[:6]}"
