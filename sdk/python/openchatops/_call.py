"""One run of one callback, from the delivery to its final completion."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from . import _wire
from ._author import caller, described, tellable
from ._completion import Completer, Item
from ._leases import Lease
from ._log import about
from .errors import LeaseLost, MaxRunOver, OcoError, Permanent, RetryAfter, Tell, find
from .store import Transaction
from .v1 import completion_pb2, message_pb2, route_pb2

FLUSH_AFTER = 0.1
"""How long a reply waits for the completion to take it along."""
_FLUSH_BYTES = 512 << 10
_MAX_BATCH = 64  # sends of one completion (OCO-SIZ-14)
_MAX_UNSENT = 1000
_MAX_UNSENT_BYTES = 4 << 20
_MAX_RUN = timedelta(minutes=1)
_MAX_VALID = timedelta(days=30)
_ENDED = (
    "the callback has returned, and with it ended its delivery: await in it what still has something to say, or say it "
    "with msg.bot.send"
)
TOO_LONG = "it ran longer than its max_run: set max_run=, or call msg.extend while it works"
_KEY = re.compile(r"[A-Za-z0-9._~-]{1,64}")


@dataclass(frozen=True)
class ReplyOptions:
    """Where a reply goes and how it is treated."""

    key: str = ""
    thread: str = ""
    start_thread: bool = False
    direct: bool = False
    prefer_loss: bool = False
    valid_for: float | timedelta | None = None


class Call:
    """Its replies, its transaction and its end. Safe to use from the callback's thread."""

    def __init__(self, lease: Lease, out: Completer, log: logging.Logger) -> None:
        self.wire = lease.wire
        self.lease = lease
        self.out = out
        self.loop = asyncio.get_running_loop()
        self.log = about(log, lease.wire)
        self.transaction = Transaction()
        self._lock = threading.Lock()
        self._queued: list[message_pb2.Send] = []
        self._queued_bytes = 0
        self._unsent = 0
        self._unsent_bytes = 0
        self._number = 0
        self._keys: set[str] = set()
        self.problem: OcoError | None = None
        """The first reply that could not be taken."""
        # What the bot did not take because the lease is lost, for the final completion.
        self._left: list[message_pb2.Send] = []
        self._ended = False
        self._flush: asyncio.TimerHandle | None = None
        self._bound: asyncio.TimerHandle | None = None
        # Replies leave in batches: which is next, which was judged, from which on they were
        # refused and why, and who waits for a verdict.
        self._batch = 1
        self._judged = 0
        self._refused = 0
        self._refusal: BaseException | None = None
        self._waiting: list[asyncio.Future[None]] = []
        # What left and has no verdict, and what completes the delivery when nothing has.
        self._unjudged = 0
        self._final: Callable[[], None] | None = None
        self.bound(lease.wire.max_run.ToTimedelta() or _MAX_RUN)

    @property
    def repeatable(self) -> bool:
        return self.wire.run_policy == route_pb2.RUN_POLICY_REPEATABLE

    def message_id(self, key: str) -> str:
        """The id of a reply, known before it is posted."""
        return f"{self.wire.delivery_id}/{key}"

    def bound(self, length: timedelta) -> None:
        """Ends the callback after so long, counted from now."""
        if self._bound is not None:
            self._bound.cancel()
        over = MaxRunOver(TOO_LONG)
        self._bound = self.loop.call_later(length.total_seconds(), self.lease.cancel, over)

    def reply(self, text: str, options: ReplyOptions) -> tuple[str, int]:
        """Queues a reply. What cannot be taken fails the delivery. Returns its id and batch."""
        with self._lock:
            send, problem = self._send(text, options)
            if problem is not None:
                problem = OcoError(f"{problem} ({caller()})")
                if self.problem is None:  # one of thousands in a row is enough
                    self.problem = problem
                    self.log.error("a reply was not taken: %s", problem)
                return self.message_id(send.key), 0
            self._queued.append(send)
            self._queued_bytes += _wire.size(text)
            batch = self._batch
            full = self._queued_bytes >= _FLUSH_BYTES or len(self._queued) >= _MAX_BATCH
            first = len(self._queued) == 1
        if full:
            self.on_loop(self.flush)
        elif first:
            self.on_loop(self._later)
        return self.message_id(send.key), batch

    def spoil(self, problem: str) -> None:
        """Fails the delivery when its callback returns, if it has not."""
        if not self._ended:
            self.problem = self.problem or OcoError(problem)
            self.log.error("%s", problem)

    def on_loop(self, fn: Callable[[], object]) -> None:
        """Calls something on the loop, at once if that is where we are."""
        try:
            here = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            here = False
        if here:
            fn()
        else:
            self.loop.call_soon_threadsafe(fn)

    def _later(self) -> None:
        if self._flush is None and not self._ended:
            self._flush = self.loop.call_later(FLUSH_AFTER, self.flush)

    def flush(self, extend: timedelta | None = None, verdict: asyncio.Future[None] | None = None) -> bool:
        """Sends what is queued as progress. False: there was nothing to send. Only on the loop."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        if self._ended:
            return False
        sends, batch = self._take()
        if not sends and extend is None:
            return False
        *before, last = _chunks(sends)
        for part in before:
            self._progress(part, batch)
        self._progress(last, batch, extend, verdict, whole=True)
        return True

    def _progress(
        self,
        sends: list[message_pb2.Send],
        batch: int,
        extend: timedelta | None = None,
        verdict: asyncio.Future[None] | None = None,
        whole: bool = False,
    ) -> None:
        wire = self._completion(sends)
        wire.progress.SetInParent()
        if extend is not None:
            wire.progress.extend.CopyFrom(_wire.duration(extend))

        def settled(err: BaseException | None) -> None:
            self.committed(sends)
            self._judge(batch, err, whole)
            if isinstance(err, LeaseLost):
                self._left += sends
                self.lease.cancel(err)
            elif err is not None and sends:
                self.problem = self.problem or OcoError(f"what was replied was not taken: {err}")
            if verdict is not None and not verdict.done():
                verdict.set_result(None) if err is None else verdict.set_exception(err)
            self._unjudged -= 1
            self._end()

        self._unjudged += 1
        self.out.add(Item(wire, settled))

    def _end(self) -> None:
        """Completes a delivery whose callback has returned, if all that left before is judged."""
        if self._unjudged == 0 and self._final is not None:
            final, self._final = self._final, None
            final()

    def _completion(self, sends: list[message_pb2.Send]) -> completion_pb2.Completion:
        return completion_pb2.Completion(delivery_id=self.wire.delivery_id, lease_id=self.wire.lease_id, sends=sends)

    def _take(self, end: bool = False) -> tuple[list[message_pb2.Send], int]:
        """What is queued, and which batch that is."""
        with self._lock:
            self._ended = self._ended or end
            sends, batch = self._queued, self._batch
            self._queued, self._queued_bytes = [], 0
            if sends:
                self._batch += 1
            return sends, batch

    def committed(self, sends: list[message_pb2.Send]) -> None:
        """These replies wait no longer for the bot."""
        with self._lock:
            self._unsent -= len(sends)
            self._unsent_bytes -= sum(_wire.size(s.message.content.text) for s in sends)

    def _judge(self, batch: int, err: BaseException | None, whole: bool) -> None:
        """What the bot said of a batch of replies, or of a part of it."""
        if err is not None and self._refusal is None:
            self._refusal, self._refused = err, batch
        if not whole:
            return
        self._judged = max(self._judged, batch)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def taken(self, batch: int) -> None:
        """Sends a batch of replies if it has not left, and waits until the bot has it."""
        if batch >= self._batch:
            self.flush()
        while self._judged < batch:
            waiting: asyncio.Future[None] = self.loop.create_future()
            self._waiting.append(waiting)
            await waiting
        if self._refusal is not None and batch >= self._refused:
            raise OcoError(f"the message was not taken: {self._refusal}") from self._refusal

    async def progress(self, extend: timedelta | None = None) -> None:
        """Sends what is queued and waits until the bot took it."""
        if self._ended:
            raise OcoError(_ENDED)
        verdict: asyncio.Future[None] = self.loop.create_future()
        if self.flush(extend, verdict):
            await verdict
        if extend is not None:
            self.bound(extend)

    def numbered(self, text: str, options: ReplyOptions) -> message_pb2.Send:
        """A reply that is sent by itself. Its counterpart is committed."""
        with self._lock:
            send, problem = self._send(text, options)
        if problem is not None:
            raise problem
        return send

    def _send(self, text: str, options: ReplyOptions) -> tuple[message_pb2.Send, OcoError | None]:
        """The send of a reply, with its key even if it is refused. The caller holds the lock."""
        key = options.key
        if not key:
            self._number += 1
            key = str(self._number)
        send = message_pb2.Send(key=_wire.valid(key))
        if problem := self._wrong(text, options, key):
            return send, OcoError(problem)
        self._keys.add(key)
        self._unsent += 1
        self._unsent_bytes += _wire.size(text)
        send.message.content.text = _wire.valid(text)
        address = self._address(options)
        if address is not None:
            send.message.to.CopyFrom(address)
        treat(send.message, options.prefer_loss, options.valid_for)
        return send, None

    def _wrong(self, text: str, options: ReplyOptions, key: str) -> str:
        if self._ended:
            return _ENDED
        if not isinstance(text, str) or not text:
            return f"a reply must be a text that is not empty, not {text!r}"
        if _wire.size(text) > _wire.MAX_TEXT:
            return f"a reply of {_wire.size(text)} bytes is longer than 64 KiB: send a part of it"
        if options.key and (not _KEY.fullmatch(key) or key.isdigit()):
            return f"the reply key {key!r} must be 1 to 64 characters of A-Za-z0-9._~- and not a number"
        if key in self._keys:
            return f"the reply key {key!r} was used twice in one delivery"
        if self._unsent >= _MAX_UNSENT or self._unsent_bytes + _wire.size(text) > _MAX_UNSENT_BYTES:
            return (
                f"{self._unsent} replies of {self._unsent_bytes} bytes wait for the bot, and no more are queued: let "
                "msg.progress() send them now and then"
            )
        return unworthy(options.valid_for)

    def _address(self, options: ReplyOptions) -> message_pb2.Address | None:
        """Where a reply goes; None is where the delivery came from."""
        event = self.wire.event
        room = event.address.room
        if options.direct:
            return message_pb2.Address(
                room=message_pb2.RoomRef(user_id=event.actor.user_id, account_id=event.account_id)
            )
        if options.thread:
            return message_pb2.Address(room=room, thread_id=_wire.valid(options.thread))
        said = event.message.message.message_id
        if options.start_thread and not event.address.thread_id and said:
            return message_pb2.Address(room=room, start_thread_at=said)
        return None

    def finish(self, err: BaseException | None) -> None:
        """Completes the delivery with how the callback ended, once the bot has judged what was replied before.

        A reply that the bot did not take fails the delivery.
        """
        if self._flush is not None:
            self._flush.cancel()
        if self._bound is not None:
            self._bound.cancel()
        sends, batch = self._take(end=True)
        *before, last = _chunks(sends)
        for part in before:
            self._progress(part, batch)
        self._final = lambda: self._complete(err, last, batch)
        self._end()

    def _complete(self, err: BaseException | None, last: list[message_pb2.Send], batch: int) -> None:
        """Sends the final completion. What was refused with the lease goes with it: the bot may take it."""
        if len(_chunks([*self._left, *last])) > 1:
            self.problem = self.problem or OcoError(f"{len(self._left)} replies are left: too many for one completion")
            self._left = []
        problem = self.problem or self.transaction.problem
        if problem is not None:
            permanent = Permanent(str(problem) if err is None else f"{problem}; and: {tellable(err)}")
            permanent.__cause__ = problem
            err = permanent
        wire = self._completion([*self._left, *last])
        if err is None:
            wire.done.SetInParent()
            if self.transaction.wire.writes or self.transaction.wire.guards:
                wire.done.transact.CopyFrom(self.transaction.wire)
        else:
            try:
                judge(wire, err, self.repeatable)
            except Exception as broken:  # of an exception of the author's; a delivery never stays open for that
                wire = self._completion([*self._left, *last])
                judge(wire, Permanent(f"how the callback ended cannot be told: {described(broken)}"), self.repeatable)

        def settled(why: BaseException | None) -> None:
            self.committed(last)
            self._judge(batch, why, whole=True)
            self.lease.settled(why)

        self.out.add(Item(wire, settled, again=self.repeatable))


def _chunks(sends: list[message_pb2.Send]) -> list[list[message_pb2.Send]]:
    """As many as one completion may carry, each; at least one part, which may be empty."""
    parts: list[list[message_pb2.Send]] = [[]]
    size = 0
    for send in sends:
        more = send.ByteSize()
        if parts[-1] and (len(parts[-1]) >= _MAX_BATCH or size + more > _FLUSH_BYTES + _wire.MAX_TEXT):
            parts.append([])
            size = 0
        parts[-1].append(send)
        size += more
    return parts


def unworthy(valid_for: float | timedelta | None) -> str:
    """What is wrong with how long a message is worth posting, or nothing."""
    if valid_for is not None and not timedelta(0) < _wire.seconds(valid_for) <= _MAX_VALID:
        return f"valid_for={valid_for!r} must be above zero and at most 30 days"
    return ""


def treat(message: message_pb2.OutgoingMessage, prefer_loss: bool, valid_for: float | timedelta | None) -> None:
    """How a message is treated while it waits, and when nobody knows whether it was posted."""
    if prefer_loss:
        message.repeat_policy = message_pb2.REPEAT_POLICY_PREFER_LOSS
    if valid_for is not None:
        message.valid_for.CopyFrom(_wire.duration(_wire.seconds(valid_for)))


def judge(wire: completion_pb2.Completion, err: BaseException, repeatable: bool) -> None:
    """Makes an exception the kind of the completion: retry where it is asked for or safe, else fail."""
    text = _wire.cut(described(err))
    tell, retry = find(err, Tell), find(err, RetryAfter)
    if retry is not None:
        wire.retry.reason = text
        if retry.delay is not None:
            wire.retry.delay.CopyFrom(_wire.duration(retry.delay))
    elif repeatable and tell is None and find(err, Permanent) is None:
        wire.retry.reason = text
    else:
        wire.fail.error.code = 2  # UNKNOWN
        wire.fail.error.message = text
        if tell is not None:
            wire.fail.user_text = _wire.cut(tell.user_text, _wire.MAX_TEXT)
