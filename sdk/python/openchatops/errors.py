"""What a callback raises to say how it went, and what the library raises.

Every exception says what went wrong and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TypeVar


class OcoError(Exception):
    """The base of every exception of this library."""


_LONGEST = timedelta(days=3650)
"""A pause that is longer than the wire or the bot could want to know."""


class DeclarationError(OcoError, TypeError):
    """A handler or its settings were declared in a way that cannot work.

    It is raised where the declaration stands, before anything runs.
    """


class Tell(OcoError):
    """Fails the delivery, on any route; the person reads the text.

    What it was raised from goes to the log::

        except SubprocessError as err:
            raise oco.Tell("The deploy failed.") from err
    """

    def __init__(self, user_text: str) -> None:
        self.user_text = str(user_text)
        super().__init__(self.user_text)


class RetryAfter(OcoError):
    """Asks for the same again after a pause, in seconds or as a timedelta.

    It is obeyed on any route, also a once route, up to the route's attempts. From an
    operation of an adapter it puts off all that is said in the room, and counts as no
    attempt: a rate limit loses nothing. Without a pause the bot chooses one.
    """

    def __init__(self, delay: float | timedelta | None = None, reason: str = "") -> None:
        self.delay: timedelta | None
        self.delay = delay if delay is None or isinstance(delay, timedelta) else timedelta(seconds=delay)
        if self.delay is not None and self.delay < timedelta(0):
            self.delay = timedelta(0)
        if self.delay is not None and self.delay > _LONGEST:
            self.delay = _LONGEST
        when = "later" if self.delay is None else f"in {self.delay.total_seconds():g} s"
        super().__init__(f"{reason + ': ' if reason else ''}try again {when}")


class Permanent(OcoError):
    """Keeps a repeatable route from running again: it would fail again."""


class DeliveryEnded(OcoError):
    """Why a callback is cancelled; its kind tells what happened (OCO-DLV-71). `Message.ended_by` holds it::

    except asyncio.CancelledError:
        if isinstance(msg.ended_by, oco.Cancelled):
            await roll_back()  # somebody changed their mind
        raise
    """


class Cancelled(DeliveryEnded):
    """Somebody cancelled the delivery, in chat or at the command line."""


class EndedElsewhere(DeliveryEnded):
    """Another attempt, in another replica, has ended the delivery."""


class LeaseLost(DeliveryEnded):
    """The bot has given the delivery up, or to another replica."""


class MaxRunOver(DeliveryEnded):
    """The callback ran longer than its route allows: see max_run and Message.extend."""


class Stopping(DeliveryEnded):
    """The process was told to stop and its grace is over."""


class MaybeSent(OcoError):
    """The message may have been posted or not: nobody can know.

    An adapter raises it after a timeout of what was written already.
    """


class NotSent(OcoError):
    """The message, or what was asked for, surely was not posted or done."""


class NoSuch(NotSent):
    """The chat service has no such user, room or message. An adapter raises it::

        raise oco.NoSuch("nobody is called bob")

    A KeyError does not say so: it may be a mistake of the adapter.
    """


class Expired(NotSent):
    """The message surely was not posted: its time was over before it could be."""


class Conflict(OcoError):
    """A guard of the transaction did not hold: nothing was written. Read again, then write anew."""


class KeyRefused(OcoError):
    """The bot does not take the plugin key."""


class NotTheBot(OcoError):
    """What answers at the endpoint is not the bot, or does not show its certificate."""


class Fenced(OcoError):
    """A newer process serves the adapter's account, or has this replica's name."""


class SettingsChanged(OcoError):
    """The settings of an adapter that cannot change while it runs were changed: start it again."""


class RegistrationRefused(OcoError):
    """The bot does not register the plugin and never will as it is."""


class WrongSettings(OcoError):
    """Refuses settings that were looked at, each problem with the path to it.

    The bot turns a path into the place in its configuration; "" is about all of them::

        raise oco.WrongSettings({"commands[2].timeout": "it must be at most 5m"})

    The texts go to operators and must not hold the value of a secret.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"`{path}`: {text}" if path else text for path, text in self.problems.items()))


class UsageError(OcoError):
    """The process was started in a way that cannot work."""


class BotError(OcoError):
    """The bot refused a call.

    `code` is the name of the gRPC code such as "NOT_FOUND", `reason` that of the closed
    list in spec/errors.md such as "ROOM_NOT_FOUND", or empty. The text says what to do.
    """

    def __init__(
        self,
        code: str,
        text: str,
        reason: str = "",
        details: Mapping[str, str] | None = None,
        retry_delay: timedelta | None = None,
    ) -> None:
        self.code = code
        self.reason = reason
        self.text = text
        self.details = dict(details or {})
        self.retry_delay = retry_delay
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        said = self.text or "it gave no reason"
        if self.reason == "" and self.code in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
            # gRPC says so, or this library: the bot never saw the call, or did not answer.
            what = "out of reach" if self.code == "UNAVAILABLE" else "slow, or out of reach"
            return f"the bot is {what}: {said}; is it running, and is the endpoint right?"
        if self.reason == "SCOPE_MISSING":
            scope = self.details.get("scope", "?")
            return (
                f"the scope {scope} is missing: ask for it with Handler(scopes=[{scope!r}]), and the operator grants "
                f"it in the bot's configuration, in `scopes` of that handler ({said})"
            )
        advice = _ADVICE.get(self.reason) or _ADVICE.get(self.code, "")
        return f"the bot refused: {said}{'; ' + advice if advice else ''}" + (
            f" [{self.reason}]" if self.reason else ""
        )


_ADVICE = {
    "ROLE_FORBIDDEN": "a key of this role may not ask for that: handlers, adapters and clients have keys of their own",
    "USER_NOT_FOUND": "look users up by their id or their mention name, never by the name that is displayed",
    "ROOM_NOT_FOUND": "name the room by its id, by the operator's alias in `rooms`, or by its name",
    "ROOM_AMBIGUOUS": "several rooms are called so: use the id",
    "CAPABILITY_MISSING": "the chat service cannot do that here: Client.get_room says what it can",
    "QUOTA_EXCEEDED": "try again later, or ask the operator for a larger quota",
    "QUEUE_FULL": "the bot has no room for more just now: try again later",
    "REQUEST_ID_REUSED": "the same request_id was used for something else: draw another one",
    "UNIMPLEMENTED": "this bot is older than the library and does not know the call",
}

_E = TypeVar("_E", bound=BaseException)


def chain(err: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from. A group of one, as a TaskGroup raises it, is from that one."""
    seen: set[int] = set()
    current: BaseException | None = err
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = alone(current) or current.__cause__


def alone(err: BaseException) -> BaseException | None:
    """The only exception of a group. What several together mean, nobody can say."""
    members = getattr(err, "exceptions", None)
    if isinstance(members, tuple) and len(members) == 1 and isinstance(members[0], BaseException):
        return members[0]
    return None


def find(err: BaseException, kind: type[_E]) -> _E | None:
    """The first of that kind among the exception and what it was raised from."""
    return next((e for e in chain(err) if isinstance(e, kind)), None)


# Reasons after which the same call never succeeds.
_NEVER = {
    "INVALID_ARGUMENT",
    "PERMISSION_DENIED",
    "FAILED_PRECONDITION",
    "UNIMPLEMENTED",
    "OUT_OF_RANGE",
    "ALREADY_EXISTS",
    "NOT_FOUND",
}


def transient(err: BotError) -> bool:
    """Whether the same call may well succeed later."""
    if err.code == "RESOURCE_EXHAUSTED":
        return err.reason not in ("TOO_LARGE", "")
    return err.code not in _NEVER
