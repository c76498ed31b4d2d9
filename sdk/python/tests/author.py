"""An author at a terminal: runs a program and reads what it says."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from openchatops.testing import Bot

PACKAGE = Path(__file__).parents[1]
PATIENCE = 30.0


class Author:
    """A program that was started in a terminal."""

    def __init__(self, directory: Path, program: str, *arguments: str, **variables: str) -> None:
        self.path = directory / "plugin.py"
        self.path.write_text(textwrap.dedent(program).lstrip("\n"), encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OCO_")}
        ours, its = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, str(self.path), *arguments],
            env=kept | {"PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"} | variables,
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        self._terminal = ours
        self._text = ""
        self._news = threading.Condition()
        self._looked = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._terminal, 1 << 16)
            except OSError:
                part = b""  # nobody has the other end any more
            with self._news:
                self._text += part.decode(errors="replace").replace("\r\n", "\n")
                if not part:
                    self._text += "\n(end)\n"
                self._news.notify_all()
            if not part:
                return

    def line(self, marker: str) -> str:
        """The place of a line of the program, which has this comment."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        (number,) = [n for n, text in enumerate(lines, 1) if text.endswith(f"# {marker}")]
        return f"{self.path}:{number}"

    def expand(self, text: str) -> str:
        """Puts places where {marker} stands, and numbers of lines where {#marker} does."""

        def place(found: re.Match[str]) -> str:
            if found[2] == "file":
                return str(self.path)
            return self.line(found[2]).rpartition(":")[2] if found[1] else self.line(found[2])

        return re.sub(r"\{(#?)(\w+)\}", place, text)

    def says(self, wanted: Sequence[str]) -> None:
        """Fails unless what is said from here on begins with these lines, in which {marker} is a place."""
        want = [self.expand(w) for w in wanted]

        def got() -> list[str]:
            return [x for x in self._text[self._looked :].splitlines() if x.strip()][: len(want)]

        with self._news:
            self._news.wait_for(lambda: len(got()) == len(want) and self._text.endswith("\n"), PATIENCE)
            assert got() == want, self._text[self._looked :]
            for line in want:
                self._looked = self._text.index(line, self._looked) + len(line)

    def until(self, text: str) -> None:
        """Fails unless this is said."""
        with self._news:
            assert self._news.wait_for(lambda: text in self._text[self._looked :], PATIENCE), self._text[self._looked :]

    def behind(self, text: str) -> None:
        """Looks at what comes behind this, which is waited for: forget may miss what is on its way here."""
        self.until(text)
        with self._news:
            self._looked = self._text.index(text, self._looked) + len(text)

    def last(self) -> str:
        """The last line of a program that has ended."""
        self._reader.join(PATIENCE)
        return self._text.removesuffix("\n(end)\n").rstrip().splitlines()[-1]

    def forget(self) -> None:
        """Looks at what comes from now on."""
        with self._news:
            self._looked = len(self._text)

    def ended(self) -> int:
        """The exit code of a program that ends by itself."""
        return self._process.wait(PATIENCE)

    def stop(self) -> int:
        """Ends it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        return self.ended()

    def close(self) -> None:
        """Leaves nothing behind."""
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)
        with contextlib.suppress(OSError):
            os.close(self._terminal)


@contextmanager
def terminal(bot: Bot, directory: Path, program: str, **variables: str) -> Iterator[Author]:
    """A program that runs against the bot, and takes deliveries."""
    bot.start(config={"handlers": [{"name": "demo", "remote": True}]})
    assert bot.process is not None
    key = bot._loop.run(bot.process.key("demo"))
    author = Author(directory, program, OCO_ENDPOINT=bot.process.endpoint, OCO_KEY=key, **variables)
    try:
        bot.await_plugins("demo")
        yield author
    finally:
        author.close()
