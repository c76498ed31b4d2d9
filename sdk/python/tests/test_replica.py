"""What a replica does when things go wrong, against a bot that does what the test says."""

import asyncio
from typing import Any

import pytest
from fakebot import Refusal, delivery
from scene import KEY, Play, World, cancel, frame, refused

import openchatops as oco
from openchatops import _completion, _replica, _stream
from openchatops.testing.room import ChatRoom
from openchatops.v1 import delivery_pb2, message_pb2, operation_pb2, route_pb2


def test_what_is_too_much_is_released_and_what_comes_twice_runs_once(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.push(frame(delivery(1)), frame(delivery(2)), frame(delivery(1)), frame(delivery(3)))
        await w.bot.until(lambda: ("d3", "release") in w.kinds())
        assert w.runs == ["d1", "d2"]
        w.go.set()
        await w.bot.until(lambda: len(w.kinds()) == 3)
        w.bot.push(frame(delivery(3)), frame(delivery(4)))
        await w.bot.until(lambda: ("d4", "done") in w.kinds())
        assert w.runs == ["d1", "d2", "d4"]
        await w.end()

    play(scene)


def test_no_more_run_at_once_than_the_handler_said_whatever_the_bot_grants(play: Play) -> None:
    async def scene(w: World) -> None:
        w.bot.max_in_flight = 100
        await w.begin()
        w.bot.push([frame(delivery(1)), frame(delivery(2)), frame(delivery(3))])
        await w.bot.until(lambda: w.kinds() == [("d3", "release")])
        w.go.set()
        await w.end()

    play(scene)


def test_what_matched_the_route_as_it_was_is_released(play: Play) -> None:
    """OCO-LIF-60: the fake bot calls the definition of its route "x"."""

    async def scene(w: World) -> None:
        await w.begin()
        for number, definition in (1, "x"), (2, "older"), (3, ""):
            w.bot.push(frame(delivery(number, text="at once", definition_id=definition)))
            await w.bot.until(lambda number=number: len(w.bot.completions) == number)
        assert sorted(w.kinds()) == [("d1", "done"), ("d2", "release"), ("d3", "done")]
        assert sorted(w.runs) == ["d1", "d3"]
        await w.end()

    play(scene)


def test_cancel_and_a_lost_lease(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.push(frame(delivery(1)), frame(delivery(2)))
        await w.bot.until(lambda: len(w.runs) == 2)
        w.bot.push(delivery_pb2.Frame(cancel=cancel("d1", delivery_pb2.CANCEL_REASON_PERSON, "somebody said so")))
        await w.bot.until(lambda: len(w.ended) == 1)
        w.bot.lost = ["l2", "unknown"]
        w.bot.push(None)  # a new stream is followed by a heartbeat
        await w.bot.until(lambda: len(w.ended) == 2)
        assert [type(e) for e in w.ended] == [oco.Cancelled, oco.LeaseLost]
        assert str(w.ended[0]) == "somebody said so"
        await w.bot.until(lambda: len(w.kinds()) == 2)
        assert [k for _, k in w.kinds()] == ["fail", "fail"]

    play(scene)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (delivery_pb2.CANCEL_REASON_MAX_RUN, oco.MaxRunOver),
        (delivery_pb2.CANCEL_REASON_PERSON, oco.Cancelled),
        (delivery_pb2.CANCEL_REASON_SETTLED, oco.EndedElsewhere),
        (99, oco.Cancelled),
    ],
)
def test_why_a_delivery_is_cancelled(play: Play, reason: int, kind: type[oco.DeliveryEnded]) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.push(frame(delivery(1)))
        await w.bot.until(lambda: w.runs)
        w.bot.push(delivery_pb2.Frame(cancel=cancel("d1", reason, "")))
        await w.bot.until(lambda: w.ended)
        assert [type(e) for e in w.ended] == [kind]
        await w.end()

    play(scene)


def test_a_delivery_that_is_cancelled_with_the_frame_that_brings_it(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        ended = delivery_pb2.Frame(cancel=cancel("d1", delivery_pb2.CANCEL_REASON_PERSON, "never mind"))
        w.bot.push([frame(delivery(1)), ended])
        await w.bot.until(lambda: w.kinds() == [("d1", "fail")])
        assert w.runs == []
        w.bot.push(frame(delivery(2, "at once")), frame(delivery(3, "at once")))  # both slots are free
        await w.bot.until(lambda: sorted(w.kinds()[1:]) == [("d2", "done"), ("d3", "done")])
        await w.end()

    play(scene)


def test_an_operation_that_is_cancelled_with_the_frame_that_brings_it(play: Play) -> None:
    async def scene(w: World) -> None:
        chat = Slow()
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        ended = delivery_pb2.Frame(cancel=cancel("o1", delivery_pb2.CANCEL_REASON_SETTLED, "no use"))
        w.bot.push([operation(1, send=send("a", "quick")), ended])
        await w.bot.until(lambda: w.kinds() == [("o1", "done")])
        assert w.bot.completions[0].done.operation.state == message_pb2.SEND_STATE_FAILED
        assert chat.order == []
        w.bot.push(operation(2, send=send("a", "quick")))
        await w.bot.until(lambda: w.kinds()[1:] == [("o2", "done")])
        await w.end()

    play(scene)


def test_a_replica_that_stops_leaves_behind_what_was_on_its_way(play: Play) -> None:
    """OCO-LIF-55: it says that it leaves, reads its stream to the end and releases what still comes."""

    async def scene(w: World) -> None:
        await w.begin()
        w.bot.push(frame(delivery(1)))
        await w.bot.until(lambda: w.runs)
        w.bot.on_its_way = [frame(delivery(2)), frame(delivery(3))]
        ending = asyncio.ensure_future(w.end())
        await w.bot.until(lambda: len(w.kinds()) == 2)
        w.go.set()
        await ending
        assert sorted(w.kinds()) == [("d1", "done"), ("d2", "release"), ("d3", "release")]
        assert w.runs == ["d1"]
        assert w.bot.came("Leave") == 1

    play(scene)


def test_a_replica_that_stops_keeps_its_leases_over_a_restart_of_the_bot(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_replica, "HEARTBEAT_EVERY", 0.01)

    async def scene(w: World) -> None:
        await w.begin()
        w.bot.push(frame(delivery(1)))
        await w.bot.until(lambda: w.runs)
        ending = asyncio.ensure_future(w.end())
        await w.bot.until(lambda: w.bot.came("Leave"))
        w.bot.refuse["Register"] = [Refusal("UNAVAILABLE", "DRAINING")]
        w.bot.refuse["Heartbeat"] = [Refusal("NOT_FOUND", "REPLICA_NOT_FOUND") for _ in range(2)]
        await w.bot.until(lambda: w.bot.came("Register") == 3)
        before = w.bot.came("Heartbeat")
        await w.bot.until(lambda: w.bot.came("Heartbeat") > before)
        held = [c.held[0].lease_id for name, c in w.bot.calls if name == "Heartbeat" and c.held]
        assert held[-1] == "l1"
        w.go.set()
        await ending
        assert w.kinds() == [("d1", "done")]
        assert w.bot.came("Subscribe") == 1

    play(scene)


def test_a_replica_that_stops_before_its_stream_has_begun(play: Play) -> None:
    """OCO-LIF-71: what comes on the stream that was asked for is released."""

    async def scene(w: World) -> None:
        w.bot.may_open.clear()
        await w.begin()
        w.bot.push(frame(delivery(1)))
        ending = asyncio.ensure_future(w.end())
        for _ in range(1000):  # it knows that it stops
            await asyncio.sleep(0)
        assert w.bot.came("Leave") == 0
        w.bot.may_open.set()
        await ending
        assert w.kinds() == [("d1", "release")]
        assert w.bot.came("Leave") == 1

    play(scene)


def test_a_bot_that_drains_gets_a_new_stream_before_the_old_one_is_left(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.may_open.clear()
        w.bot.push(delivery_pb2.Frame(drain=delivery_pb2.Drain()))
        await w.bot.until(lambda: len(w.bot.streams) == 2)
        w.bot.push(frame(delivery(1, "at once")), stream=0)
        await w.bot.until(lambda: w.kinds() == [("d1", "done")])
        assert w.bot.closed == []
        w.bot.may_open.set()
        await w.bot.until(lambda: w.bot.closed == [0])
        w.bot.push(frame(delivery(2, "at once")))
        await w.bot.until(lambda: w.kinds()[1:] == [("d2", "done")])
        await w.end()
        assert len(w.bot.streams) == 2

    play(scene)


def test_a_stream_is_read_no_faster_than_the_bot_takes_completions(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []

    async def scene(w: World) -> None:
        below = _completion.Completer.below

        async def noted(self: _completion.Completer, most: int) -> None:
            waits.append(most)
            await below(self, most)

        monkeypatch.setattr(_completion.Completer, "below", noted)
        await w.begin()
        w.bot.push(frame(delivery(1, "at once")), frame(delivery(2, "at once")))
        await w.bot.until(lambda: len(w.kinds()) == 2)
        await w.end()

    play(scene)
    assert waits == [_stream.MAX_WAITING] * 3  # behind Ready and each frame


def test_a_bot_that_has_forgotten_the_replica(play: Play) -> None:
    async def scene(w: World) -> None:
        w.bot.refuse["Heartbeat"] = [Refusal("NOT_FOUND", "REPLICA_NOT_FOUND")]
        w.bot.refuse["Complete"] = [Refusal("NOT_FOUND", "REPLICA_NOT_FOUND")]
        await w.begin()
        # It says that it lives again once it knows that it is registered again.
        await w.bot.until(lambda: w.bot.came("Register") == 2 and w.bot.came("Heartbeat") >= 2)
        w.bot.push(frame(delivery(1, "at once")))
        await w.bot.until(lambda: w.kinds() == [("d1", "done")])
        assert w.bot.came("Register") == 3
        w.bot.refuse["Subscribe"] = [Refusal("NOT_FOUND", "REPLICA_NOT_FOUND")]
        w.bot.push(None)
        await w.bot.until(lambda: w.bot.came("Register") == 4 and len(w.bot.streams) == 2)
        await w.end()

    play(scene)


def test_that_heartbeats_do_not_arrive_is_said_once(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_replica, "HEARTBEAT_AGAIN", 0.01)
    monkeypatch.setattr(_replica, "HEARTBEAT_EVERY", 0.05)
    away = Refusal("UNAVAILABLE", "TRY_AGAIN")

    def warnings() -> list[str]:
        said = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        return [text for text in said if "still run here" in text]

    async def scene(w: World) -> None:
        def beats(held: int) -> int:
            return sum(name == "Heartbeat" and len(request.held) == held for name, request in w.bot.calls)

        async def again() -> None:
            before = beats(1)
            await w.bot.until(lambda: beats(1) > before)
            w.bot.refuse["Heartbeat"] = [away] * 3
            await w.bot.until(lambda: beats(1) > before + 5)

        w.bot.refuse["Heartbeat"] = [away] * 3
        await w.begin()
        await w.bot.until(lambda: beats(0) > 4 and not w.bot.refuse["Heartbeat"])
        assert warnings() == []  # nothing runs: the stream tells
        w.bot.push(frame(delivery(1)))
        await again()
        assert len(warnings()) == 1
        await again()
        assert len(warnings()) == 2
        assert warnings()[0].startswith("cannot tell the bot that deliveries still run here (1); trying again: ")
        w.go.set()
        await w.end()

    play(scene)


def test_a_silent_bot_is_taken_for_gone(play: Play) -> None:
    async def scene(w: World) -> None:
        w.bot.heartbeat_interval = 0.1
        await w.begin()
        w.bot.heartbeat_interval = 10.0  # of the next stream, which a slow machine shall not lose
        await w.bot.until(lambda: len(w.bot.streams) >= 2)
        w.bot.push(frame(delivery(1, "at once")))
        await w.bot.until(lambda: ("d1", "done") in w.kinds())

    play(scene)


def test_a_newer_process_of_the_same_name(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.push(Refusal("FAILED_PRECONDITION", "EPOCH_FENCED", "another has the name"))
        assert w.running is not None
        with pytest.raises(oco.Fenced, match="another has the name"):
            await asyncio.wait_for(w.running, 10)

    play(scene)


def test_a_process_that_is_told_to_stop_while_its_bot_is_away(play: Play) -> None:
    async def scene(w: World) -> None:
        running = asyncio.ensure_future(oco.run(w.handler, endpoint=w.bot.endpoint, key=KEY, stop=w.stop))
        await asyncio.sleep(0)  # it has begun to look for its bot
        w.stop.set()
        await asyncio.wait_for(running, 5)

    play(scene)


def test_a_registration_that_is_refused(play: Play) -> None:
    async def scene(w: World) -> None:
        w.bot.refuse["Register"] = [
            Refusal("UNAVAILABLE", "STARTING"),
            Refusal("INVALID_ARGUMENT", "FIELD_INVALID", "version is too long"),
        ]
        await w.bot.start()
        with pytest.raises(
            oco.RegistrationRefused, match="the bot does not register the plugin go: version is too long"
        ):
            await asyncio.wait_for(oco.run(w.handler, endpoint=w.bot.endpoint, key=KEY), 10)

    play(scene)


def test_completions_that_are_refused(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.verdicts = [refused("RESOURCE_EXHAUSTED", "QUEUE_FULL")]
        w.bot.push(frame(delivery(1, "at once")))
        await w.bot.until(lambda: w.kinds() == [("d1", "done"), ("d1", "done")])
        w.bot.verdicts = [refused("INVALID_ARGUMENT", "FIELD_INVALID")]
        w.bot.push(frame(delivery(2, "at once")))
        await w.bot.until(lambda: w.kinds()[2:] == [("d2", "done"), ("d2", "fail")])
        assert "its completion was refused" in w.bot.completions[-1].fail.error.message
        w.bot.verdicts = [refused("ABORTED", "LEASE_LOST")]
        w.bot.push(frame(delivery(3, "at once")))
        await w.bot.until(lambda: w.kinds()[4:] == [("d3", "done")])
        w.bot.verdicts = [refused("ABORTED", "GUARD_FAILED")]
        w.bot.push(frame(delivery(4, "at once", run_policy=route_pb2.RUN_POLICY_REPEATABLE)))
        await w.bot.until(lambda: w.kinds()[5:] == [("d4", "done"), ("d4", "retry")])
        await w.end()

    play(scene)


def test_a_failure_that_is_refused_too_is_said_no_more(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.verdicts = [refused("INVALID_ARGUMENT", "FIELD_INVALID") for _ in range(2)]
        w.bot.push(frame(delivery(1, "at once")))
        await w.bot.until(lambda: w.kinds() == [("d1", "done"), ("d1", "fail")])
        w.bot.push(frame(delivery(2, "at once")))
        await w.bot.until(lambda: ("d2", "done") in w.kinds())
        await w.end()
        assert w.kinds() == [("d1", "done"), ("d1", "fail"), ("d2", "done")]

    play(scene)


def test_a_batch_that_is_refused_is_sent_one_by_one(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.refuse["Complete"] = [
            Refusal("INVALID_ARGUMENT", "FIELD_INVALID"),
            Refusal("INVALID_ARGUMENT", "FIELD_INVALID"),
        ]
        w.bot.push(frame(delivery(1)), frame(delivery(2)))
        await w.bot.until(lambda: len(w.runs) == 2)
        w.go.set()
        await w.bot.until(lambda: len(w.kinds()) == 2)
        assert sorted(w.kinds()) == [("d1", "fail"), ("d2", "done")]
        await w.end()

    play(scene)


def test_an_answer_that_is_lost_is_asked_for_again(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        w.bot.refuse["Complete"] = [Refusal("UNAVAILABLE", "DRAINING")]
        w.bot.push(frame(delivery(1, "at once")))
        await w.bot.until(lambda: w.kinds() == [("d1", "done")])
        assert w.bot.came("Complete") == 2
        await w.end()

    play(scene)


def test_a_delivery_of_a_route_that_is_not_there(play: Play) -> None:
    async def scene(w: World) -> None:
        await w.begin()
        other = delivery(1)
        other.route = "gone"
        w.bot.push(frame(other))
        await w.bot.until(lambda: w.kinds() == [("d1", "fail")])
        assert "this replica has no route 'gone'" in w.bot.completions[0].fail.error.message
        await w.end()

    play(scene)


def test_the_stream_is_read_no_further_when_completions_are_not_taken(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_stream, "MAX_WAITING", 0)
    monkeypatch.setattr(_completion, "MAX_ITEMS", 2)

    async def scene(w: World) -> None:
        await w.begin()
        for n in range(20):
            w.bot.push(frame(delivery(n, "at once")))
        await w.bot.until(lambda: len(w.kinds()) == 20)
        await w.end()

    play(scene)


def operation(number: int, **kind: Any) -> delivery_pb2.Frame:
    op = operation_pb2.Operation(account_id="1", idempotency_token=f"t{number}", **kind)
    return frame(delivery_pb2.Delivery(delivery_id=f"o{number}", lease_id=f"lo{number}", operation=op))


def send(room: str, text: str) -> operation_pb2.SendOperation:
    to = message_pb2.Address(room=message_pb2.RoomRef(room_id=room))
    return operation_pb2.SendOperation(
        message=message_pb2.OutgoingMessage(to=to, content=message_pb2.Content(text=text))
    )


class Slow(ChatRoom):
    """Posts when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []
        self.gate = asyncio.Event()

    async def send(self, message: oco.Outgoing) -> str:
        self.order.append(f"{message.text} begins")
        if message.text != "quick":
            await self.gate.wait()
        self.order.append(f"{message.text} ends")
        return await super().send(message)


def test_operations_keep_the_order_of_their_room(play: Play) -> None:
    async def scene(w: World) -> None:
        chat = Slow()
        w.bot.max_in_flight = 3
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        w.bot.push(operation(1, send=send("a", "one")), operation(2, send=send("a", "two")))
        w.bot.push(operation(3, send=send("b", "quick")))
        await w.bot.until(lambda: w.kinds() == [("o3", "done")])
        chat.gate.set()
        await w.bot.until(lambda: {"o1", "o2"} <= {d for d, _ in w.kinds()})
        assert [x for x in chat.order if "quick" not in x] == ["one begins", "one ends", "two begins", "two ends"]
        await w.end()

    play(scene)


def test_an_operation_that_is_cancelled_while_it_waits(play: Play) -> None:
    async def scene(w: World) -> None:
        chat = Slow()
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        w.bot.push(operation(1, send=send("a", "one")), operation(2, send=send("a", "two")))
        w.bot.push(delivery_pb2.Frame(cancel=cancel("o2", delivery_pb2.CANCEL_REASON_SETTLED, "no use")))
        w.bot.push(operation(3, send=send("b", "too much")))
        await w.bot.until(lambda: w.kinds() == [("o3", "release")])
        chat.gate.set()
        await w.bot.until(lambda: len(w.kinds()) == 3)
        (second,) = [c for c in w.bot.completions if c.delivery_id == "o2"]
        assert second.done.operation.state == message_pb2.SEND_STATE_FAILED
        assert second.done.operation.detail == "it was not begun: no use"
        assert chat.order == ["one begins", "one ends"]
        await w.end()

    play(scene)


def test_an_operation_that_is_cancelled_or_unknown(play: Play) -> None:
    async def scene(w: World) -> None:
        chat = Slow()
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        w.bot.push(operation(1, send=send("a", "one")), operation(2))
        await w.bot.until(lambda: ("o2", "fail") in w.kinds())
        w.bot.push(delivery_pb2.Frame(cancel=delivery_pb2.Cancel(delivery_id="o1")))
        await w.bot.until(lambda: ("o1", "done") in w.kinds())
        (cancelled,) = [c for c in w.bot.completions if c.delivery_id == "o1"]
        assert cancelled.done.operation.state == message_pb2.SEND_STATE_UNKNOWN
        await w.end()

    play(scene)


def test_a_send_that_returns_no_text(play: Play) -> None:
    class Counts(ChatRoom):
        async def send(self, message: oco.Outgoing) -> Any:
            return 7

    async def scene(w: World) -> None:
        await w.begin(oco.AdapterPlugin("go", "chatter", Counts()))
        w.bot.push(operation(1, send=send("a", "one")))
        await w.bot.until(lambda: w.kinds() == [("o1", "done")])
        told = w.bot.completions[0].done.operation
        assert told.state == message_pb2.SEND_STATE_UNKNOWN
        assert told.detail == "TypeError: send returned int: it must return the id that the service gave, as str"
        await w.end()

    play(scene)


def test_events_are_sent_again_with_the_epoch_that_counts(play: Play) -> None:
    async def scene(w: World) -> None:
        chat = ChatRoom()
        await w.begin(oco.AdapterPlugin("go", "chatter", chat))
        await w.bot.until(lambda: chat.bot is not None)
        assert chat.bot is not None
        w.bot.refuse["PublishEvents"] = [
            Refusal("UNAVAILABLE", "DRAINING"),
            Refusal("NOT_FOUND", "REPLICA_NOT_FOUND"),
            Refusal("INVALID_ARGUMENT", "FIELD_INVALID"),
            Refusal("INVALID_ARGUMENT", "FIELD_INVALID", "no such thing"),
        ]
        room, user = oco.Room("r"), oco.User("u", "U")
        events = [oco.Incoming(f"e{n}", room, user, oco.IncomingMessage(f"m{n}", "x")) for n in range(2)]
        with pytest.raises(oco.PublishError, match="no such thing"):
            await chat.bot.publish(*events)
        requests = [r for name, r in w.bot.calls if name == "PublishEvents"]
        assert [len(r.events) for r in requests] == [2, 2, 2, 1, 1]
        assert requests[-1].epoch > requests[0].epoch
        w.bot.refuse["PublishEvents"] = [Refusal("FAILED_PRECONDITION", "EPOCH_FENCED", "somebody else")]
        publishing = asyncio.ensure_future(chat.bot.publish(events[0]))
        assert w.running is not None
        with pytest.raises(oco.Fenced, match="somebody else"):
            await asyncio.wait_for(w.running, 10)
        publishing.cancel()

    play(scene)


def test_queries_that_cannot_be_answered(play: Play) -> None:
    class Broken(ChatRoom):
        async def users(self) -> Any:
            raise RuntimeError("down")

        async def members(self, room: str) -> Any:
            await asyncio.Event().wait()

    async def scene(w: World) -> None:
        await w.begin(oco.AdapterPlugin("go", "chatter", Broken()))
        ask = operation_pb2.Query
        members = ask(query_id="slow", members=operation_pb2.MembersQuery(room_id="r"))
        members.timeout.FromMilliseconds(50)
        queries = [
            ask(query_id="users", users=operation_pb2.UsersQuery()),
            ask(query_id="none"),
            ask(query_id="room", room=operation_pb2.RoomQuery(room_id="nowhere")),
            members,
        ]
        w.bot.push(*(delivery_pb2.Frame(query=q) for q in queries))
        await w.bot.until(lambda: w.bot.came("AnswerQueries") == 4)
        answers = {r.answers[0].query_id: r.answers[0].error for n, r in w.bot.calls if n == "AnswerQueries"}
        assert {name: error.code for name, error in answers.items()} == {"users": 13, "none": 12, "room": 5, "slow": 4}
        assert answers["users"].message.startswith(f"RuntimeError: down ({__file__}:")
        await w.end()

    play(scene)
