"""Keeps a copy of the process, which a callback forked, from speaking for the process.

Such a copy has the connections, the loop and the signal handlers of the plugin.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from types import TracebackType
from typing import NoReturn

_HANDLED = (signal.SIGTERM, signal.SIGINT)
_prepared = False


def leave_signals_alone() -> None:
    """Has signals do in copies what they do in any program: what a copy is sent does not stop the plugin."""
    global _prepared
    if not _prepared and hasattr(os, "register_at_fork"):
        _prepared = True
        os.register_at_fork(after_in_child=_as_usual)


def _as_usual() -> None:
    # asyncio has the number of a signal written to a socket, and the other end is the plugin's too.
    signal.set_wakeup_fd(-1)
    for number in _HANDLED:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


class Original:
    """Code of the author's, out of which only the process comes that went into it. A copy ends there."""

    def __enter__(self) -> None:
        self._process = os.getpid()

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        if os.getpid() != self._process:
            _end(err)


def _end(err: BaseException | None) -> NoReturn:
    """Ends a copy as Python ends a program, but for what the plugin does at its end."""
    code = 0
    if isinstance(err, SystemExit) and (err.code is None or isinstance(err.code, int)):
        code = err.code or 0
    elif err is not None:
        code = 1
        if isinstance(err, SystemExit):
            print(err.code, file=sys.stderr)
        else:
            traceback.print_exception(type(err), err, err.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code & 0xFF)
