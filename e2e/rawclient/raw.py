"""A handler of generated code only: no library of ours, no lease, no heartbeat.

    raw.py GENERATED_DIRECTORY MODE FILE_OF_RUNS

Modes: subscribe and pull complete one delivery with a reply; die ends by -9 as
soon as it has the delivery; late completes it after its lease is lost.
It reads OCO_ENDPOINT and OCO_KEY and nothing else.
"""

import os
import signal
import sys
import time

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
from google.protobuf import duration_pb2  # noqa: E402
from openchatops.v1 import (  # noqa: E402
    bot_pb2,
    bot_pb2_grpc,
    completion_pb2,
    delivery_pb2,
    delivery_pb2_grpc,
    message_pb2,
    route_pb2,
)

KEY = [("authorization", "Bearer " + os.environ["OCO_KEY"])]
REPLICA = f"python-{os.getpid()}"


def register(channel):
    """Registers one good route and one bad one, and looks at both verdicts."""
    answer = bot_pb2_grpc.BotServiceStub(channel).Register(
        bot_pb2.RegisterRequest(
            replica=REPLICA,
            manifest=bot_pb2.Manifest(
                version="1",
                routes=[
                    route_pb2.Route(help="Answer.", command=route_pb2.CommandMatch(pattern="python {word} [{count:integer}]")),
                    route_pb2.Route(help="Broken.", command=route_pb2.CommandMatch(pattern="broken {word")),
                ],
            ),
        ),
        metadata=KEY,
    )
    good, bad = answer.routes
    assert good.route == "python" and good.definition_id and not good.HasField("error"), answer
    assert bad.error.message and not bad.definition_id, answer


def receive(service, mode):
    """Waits for the first delivery."""
    if mode == "pull":
        while True:
            request = delivery_pb2.PullRequest(replica=REPLICA, wait=duration_pb2.Duration(seconds=30))
            for frame in service.Pull(request, metadata=KEY).frames:
                if frame.WhichOneof("kind") == "delivery":
                    return frame.delivery
    first = True
    request = delivery_pb2.SubscribeRequest(replica=REPLICA, max_in_flight=1)
    for answer in service.Subscribe(request, metadata=KEY):
        for frame in answer.frames:
            if first:
                assert frame.WhichOneof("kind") == "ready", frame
                first = False
            if frame.WhichOneof("kind") == "delivery":
                return frame.delivery
    raise AssertionError("the stream ended")


def run(delivery, runs):
    """The work: it is counted in a file."""
    word, count = delivery.match.arguments
    assert (word.name, word.text, count.name, count.integer) == ("word", "snake", "count", 3), delivery
    with open(runs, "a", encoding="utf-8") as file:
        file.write(delivery.delivery_id + "\n")
        file.flush()
        os.fsync(file.fileno())


def complete(service, delivery):
    """Ends the delivery with a reply and returns the verdict."""
    send = message_pb2.Send(key="answer", message=message_pb2.OutgoingMessage(content=message_pb2.Content(text="from python: snake 3")))
    completion = completion_pb2.Completion(
        delivery_id=delivery.delivery_id, lease_id=delivery.lease_id, sends=[send], done=completion_pb2.Done()
    )
    request = delivery_pb2.CompleteRequest(replica=REPLICA, completions=[completion])
    (result,) = service.Complete(request, metadata=KEY).results
    return completion_pb2.Verdict.Name(result.verdict)


def main(mode, runs):
    with grpc.insecure_channel(os.environ["OCO_ENDPOINT"]) as channel:
        register(channel)
        service = delivery_pb2_grpc.DeliveryServiceStub(channel)
        delivery = receive(service, mode)
        run(delivery, runs)
        if mode == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == "late":
            # The bot says when the lease is lost; this client does not listen
            # and asks for nothing until then.
            time.sleep(float(os.environ["LATE_SECONDS"]))
        print(complete(service, delivery))
        print(complete(service, delivery))


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3])
