"""Logs what concerns deliveries with their ids, one JSON object a line where no person reads."""

from __future__ import annotations

import contextvars
import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .v1 import delivery_pb2

LOG = logging.getLogger("openchatops")

_trace: contextvars.ContextVar[str] = contextvars.ContextVar("openchatops.trace", default="")


def trace_id() -> str:
    """The trace id of the event behind a callback or an adapter's operation, "" elsewhere.

    The bot, the adapter and every handler log it as "trace", and `oco show` prints it.
    """
    return _trace.get()


def trace_of(traceparent: str) -> str:
    """The trace id in a W3C trace context, "" if it is none."""
    return traceparent[3:35] if len(traceparent) == 55 else ""


def trace(delivery: delivery_pb2.Delivery) -> None:
    """Says of which event the current context is."""
    _trace.set(trace_of(delivery.traceparent))


if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter  # Python 3.10 takes no type here


class About(_Adapter):
    """A logger of what concerns a delivery."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


def about(log: logging.Logger, delivery: delivery_pb2.Delivery) -> Any:
    """A logger that names the delivery, its route and its trace."""
    extra = {"delivery": delivery.delivery_id, "route": delivery.route, "trace": trace_of(delivery.traceparent)}
    return About(log, {k: v for k, v in extra.items() if v})


_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JSONLines(logging.Formatter):
    """One JSON object a line, which the bot that started the process takes apart."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": "WARN" if record.levelname == "WARNING" else record.levelname,
            "msg": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _ORDINARY}
        if "trace" not in line and (current := trace_id()):
            line["trace"] = current
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_lines(child: bool) -> None:
    """Sets logging up, unless the author has: JSON for the bot and collectors, text for a person."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    if child or not sys.stderr.isatty():
        handler.setFormatter(JSONLines())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
