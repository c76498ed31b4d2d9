"""The everything-handler in Python without a library: JSON over HTTP; see ../README.md.

    OCO_URL=http://127.0.0.1:8765 OCO_KEY=oco_… python3 everything.py

Everything above the line "the commands" is what any handler needs.
"""

import base64
import json
import os
import random
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

SLOTS = 16  # callbacks that run at once
WAIT = 20  # seconds that one Pull waits
BEAT = 10  # seconds between two heartbeats
GRACE = 20  # seconds for what runs when the program is told to stop
REPLICA = f"python-{os.uname().nodename}-{os.getpid()}"

URL = os.environ.get("OCO_URL", "http://127.0.0.1:8765")
if "OCO_KEY_FD" in os.environ:  # the bot started this program
    with os.fdopen(int(os.environ["OCO_KEY_FD"])) as keys:
        KEY = keys.readline().split()[1]
else:
    KEY = os.environ.pop("OCO_KEY", "")  # what callbacks start does not see it

leaving = threading.Event()


class Refused(Exception):
    """The bot does not want this, and will not later either."""

    def __init__(self, method, answer):
        reasons = [detail["debug"]["reason"] for detail in answer.get("details", []) if "debug" in detail]
        self.reason = reasons[0] if reasons else answer.get("code")
        super().__init__(f"{method}: {self.reason}: {answer.get('message')}")


def reasons(result):
    """Why one of several things was not taken."""
    return [detail.get("reason") for detail in result.get("error", {}).get("details", [])]


def call_once(method, request, seconds):
    """Makes one call. OSError and "unavailable" say that it is worth trying again."""
    message = urllib.request.Request(
        f"{URL}/openchatops.v1.{method}",
        json.dumps(request).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"},
    )
    try:
        with urllib.request.urlopen(message, timeout=seconds) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        try:
            answer = json.loads(refusal.read())
        except ValueError:
            raise ConnectionError(f"{method}: what answers {refusal.code} is no bot") from None
        why = Refused(method, answer)
        if refusal.code in (500, 503) or why.reason == "QUEUE_FULL":  # it starts, stops, or has no room now
            raise ConnectionError(str(why)) from None
        raise why from None


def call(method, request, seconds=20):
    """Makes a call, again and again while there is no bot or no room, and registers where we are not known."""
    pause, told = 0.5, False
    while True:
        try:
            answer = call_once(method, request, seconds)
            if method == "DeliveryService/Complete" and "QUEUE_FULL" in reasons(answer["results"][0]):
                raise ConnectionError(f"{method}: QUEUE_FULL")
            return answer
        except Refused as refusal:
            if refusal.reason != "REPLICA_NOT_FOUND" or method == "BotService/Register":
                raise
            register()
        except (OSError, ValueError) as away:  # ValueError: half an answer
            if not told:
                print(f"trying again: {away}", file=sys.stderr, flush=True)
                told = True
            wait = random.uniform(0, pause)
            pause = min(2 * pause, 10)
            if not method.startswith(("DeliveryService/Pull", "DeliveryService/Leave", "BotService/Register")):
                time.sleep(wait)
            elif leaving.wait(wait):
                return {}


class Stop(BaseException):
    """The callback is not wanted any more."""


class Tell(Exception):
    """Fails with a text for the person."""


class RetryAfter(Exception):
    """Asks for another attempt, some seconds later."""


class Message:
    """A delivery while its callback runs."""

    def __init__(self, delivery):
        self.delivery, self.route, self.attempt = delivery, delivery["route"], delivery["attempt"]
        self.event = delivery["event"]
        self.args = {a["name"]: a for a in delivery["match"].get("arguments", [])}
        self.stop = threading.Event()
        self._sends, self._keys, self.writes = [], 0, []

    def arg(self, name):
        """The value of an argument, as JSON has it: an integer is a text, for it may have 64 bits."""
        a = self.args[name]
        return next(a[kind] for kind in ("text", "integer", "number", "flag", "duration", "time") if kind in a)

    def reply(self, text, to=None):
        """Says something once the callback is done. to: the id of a user, in whose direct room it is said."""
        self._keys += 1
        message = {"content": {"text": text}}
        if to:
            message["to"] = {"room": {"userId": to}}
        self._sends.append({"key": str(self._keys), "message": message})

    def progress(self):
        """Says at once what was replied so far. Stops the callback if it is not ours any more."""
        self.complete(progress={})

    def sleep(self, seconds):
        """Waits, and stops the callback if it is not wanted any more."""
        if self.stop.wait(seconds):
            raise Stop

    def complete(self, **kind):
        """Commits what was replied, and how it ended if it did."""
        sends, self._sends = self._sends, []
        ids = {name: self.delivery[name] for name in ("deliveryId", "leaseId")}
        completion = {**ids, "sends": sends, **kind}
        result = call("DeliveryService/Complete", {"replica": REPLICA, "completions": [completion]})["results"][0]
        if result["verdict"] != "VERDICT_REFUSED":
            return
        text = result["error"]["message"]
        print(f"{self.route}: the bot refuses a completion: {text}", file=sys.stderr, flush=True)
        if "progress" in kind:
            raise Stop
        if "fail" not in kind and "LEASE_LOST" not in reasons(result):  # perhaps it was the reply: the lease stays
            self.complete(fail={"error": {"code": 2, "message": text}})


work = {}  # by lease: what runs
work_changed = threading.Condition()


def run(message):
    """Runs a callback and says how it ended."""
    try:
        CALLBACKS[message.route](message)
        message.complete(done={"transact": {"writes": message.writes}})
    except RetryAfter as wanted:
        message.complete(retry={"delay": f"{wanted.args[0]}s"})
    except Tell as text:
        message.complete(fail={"userText": str(text), "error": {"code": 2, "message": str(text.__cause__ or text)}})
    except (Stop, Exception) as err:
        text = "it was stopped" if isinstance(err, Stop) else f"{type(err).__name__}: {err}"
        if message.delivery["runPolicy"] == "RUN_POLICY_REPEATABLE":
            message.complete(retry={"reason": text})
        else:
            message.complete(fail={"error": {"code": 2, "message": text}})


def start(delivery):
    """Starts a delivery in a thread of its own, or gives it back."""
    message, lease = Message(delivery), delivery["leaseId"]

    def life():
        try:
            if leaving.is_set():
                message.complete(release={"reason": "the handler stops"})
            else:
                run(message)
        except Refused as refusal:
            print(f"{message.route}: {refusal}", file=sys.stderr, flush=True)
        finally:
            with work_changed:
                del work[lease]
                work_changed.notify_all()

    with work_changed:
        work[lease] = message
    threading.Thread(target=life, daemon=True).start()


def heartbeats():
    """Keeps the leases of what runs, and stops what is not ours any more."""
    while True:
        time.sleep(BEAT)
        with work_changed:
            held = [{"deliveryId": m.delivery["deliveryId"], "leaseId": lease} for lease, m in work.items()]
        if not held:
            continue
        try:
            lost = call("DeliveryService/Heartbeat", {"replica": REPLICA, "held": held}).get("lostLeaseIds", [])
        except Refused as refusal:
            print(refusal, file=sys.stderr, flush=True)
            continue
        with work_changed:
            for lease in lost:
                if lease in work:
                    work[lease].stop.set()


def register():
    answer = call("BotService/Register", {"replica": REPLICA, "manifest": MANIFEST})
    for route in answer.get("routes", []):
        if "error" in route:
            print(f"the bot does not take {route['route']}: {route['error']['message']}", file=sys.stderr, flush=True)


def frames():
    """Waits for what the bot has for us."""
    with work_changed:
        work_changed.wait_for(lambda: len(work) < SLOTS or leaving.is_set())
        free = max(1, SLOTS - len(work))
    if leaving.is_set():
        return []
    request = {"replica": REPLICA, "maxDeliveries": free, "wait": f"{WAIT}s"}
    return call("DeliveryService/Pull", request, WAIT + 10).get("frames", [])


def leave(*_):
    """At SIGTERM: no more, please. The Pull that waits ends behind what came last."""
    if not leaving.is_set():
        leaving.set()
        threading.Thread(target=call, args=("DeliveryService/Leave", {"replica": REPLICA}), daemon=True).start()


def serve():
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    register()
    threading.Thread(target=heartbeats, daemon=True).start()
    while not leaving.is_set():
        for frame in frames():
            if "delivery" in frame:
                start(frame["delivery"])
            elif "cancel" in frame:
                with work_changed:
                    for message in work.values():
                        if message.delivery["deliveryId"] == frame["cancel"]["deliveryId"]:
                            message.stop.set()
    with work_changed:
        if not work_changed.wait_for(lambda: not work, GRACE):
            sys.exit(f"{len(work)} callbacks still run: the bot will tell that nobody knows how they ended")


# ------------------------------------------------------------ the commands

CALLBACKS = {}
MANIFEST = {"version": "1", "scopes": ["store", "messages.write.direct"], "routes": []}


def command(pattern, help, policy=None, **more):
    """Makes a function the callback of a command. policy are fields of the route, more those of its match."""
    return route(help, {"command": {"pattern": pattern, **more}, **(policy or {})})


def route(help, fields):
    def declare(callback):
        name = callback.__name__.rstrip("_")
        CALLBACKS[name] = callback
        MANIFEST["routes"].append({"name": name, "help": help, **fields})
        return callback

    return declare


@command("echo {text...}", "Repeat some text.", {"examples": ["echo hello"]}, deprecated=["shout {text...}"])
def echo(msg):
    msg.reply(msg.arg("text"))


@command("say {a} [and {b}] [--loud]", "Say what was understood.")
def say(msg):
    b = msg.arg("b") if "b" in msg.args else "absent"
    msg.reply(f"a={msg.arg('a')} b={b} loud={'true' if 'loud' in msg.args else 'false'}")


@command("add {a:integer} [{b:integer=2}]", "Add two numbers.", aliases=["plus {a:integer} [{b:integer=2}]"])
def add(msg):
    msg.reply(str(int(msg.arg("a")) + int(msg.arg("b"))))


@command("join {names*}", "Join names.")
def join(msg):
    msg.reply("+".join(item["text"] for item in msg.args["names"]["list"]["items"]))


@command("pick {env:prod|staging}", "Pick one.")
def pick(msg):
    msg.reply(msg.arg("env"))


@command("wait {long:duration}", "Say how long that is.")
def wait(msg):
    msg.reply(str(round(float(msg.arg("long").rstrip("s")) * 1000)))


@command("at {when:time}", "Say when that is.")
def at(msg):
    msg.reply(msg.arg("when"))


@command("who {user:user}", "Say who that is.")
def who(msg):
    msg.reply(msg.args["user"]["user"]["userId"])


@command("where {room:room}", "Say where that is.")
def where(msg):
    msg.reply(msg.args["room"]["room"]["roomId"])


@command("me", "Say who speaks where.")
def me(msg):
    msg.reply(f"{msg.event['actor']['userId']} in {msg.event['address']['room']['roomId']}")


@command("two", "Reply twice.")
def two(msg):
    msg.reply("one")
    msg.reply("two")


@command("later", "Reply, work, reply.")
def later(msg):
    msg.reply("one")
    msg.progress()
    msg.sleep(0.3)
    msg.reply("two")


@command("private", "Reply to the person.")
def private(msg):
    msg.reply("just for you", to=msg.event["actor"]["userId"])


@command("silent", "Reply nothing.")
def silent(msg):
    pass


@command("tell", "Fail with a text.")
def tell(msg):
    raise Tell("This is for you.") from ValueError("this is for the log")


@command("break", "Fail.")
def break_(msg):
    raise ValueError("this is for the log")


@command("again", "Ask for another attempt.")
def again(msg):
    if msg.attempt < 3:
        raise RetryAfter(0.001)
    msg.reply(f"attempt {msg.attempt}")


@command("flaky", "Fail at first.", {"runPolicy": "RUN_POLICY_REPEATABLE"})
def flaky(msg):
    if msg.attempt < 2:
        raise ValueError("this is for the log")
    msg.reply(f"attempt {msg.attempt}")


@command("stuck", "Take too long.", {"maxRun": "0.2s"})
def stuck(msg):
    msg.sleep(3600)


@command("count {name}", "Count.")
def count(msg):
    found = call("StorageService/Get", {"keys": [msg.arg("name")]}).get("entries", [])
    msg.writes.append({"add": {"key": msg.arg("name"), "delta": 1}})
    msg.reply(base64.b64decode(found[0]["value"]).decode() if found else "0")


@command("fail {name}", "Count, and fail.")
def fail(msg):
    msg.writes.append({"add": {"key": msg.arg("name"), "delta": 100}})
    raise ValueError("this is for the log")


def write_down(msg):
    """Says in the file EVERYTHING_RUNS that a callback runs."""
    if os.environ.get("EVERYTHING_RUNS"):
        with open(os.environ["EVERYTHING_RUNS"], "a", encoding="utf-8") as runs:
            runs.write(f"{msg.route} {msg.arg('n')} {msg.attempt}\n")


@command("once {n}", "Run once.")
def once(msg):
    write_down(msg)
    msg.sleep(0.03)
    msg.reply(f"once {msg.arg('n')} ran")


@command("safe {n}", "Run, and again if that is needed.", {"runPolicy": "RUN_POLICY_REPEATABLE"})
def safe(msg):
    write_down(msg)
    msg.reply(f"safe {msg.arg('n')} begins")
    msg.progress()
    msg.sleep(0.15)
    msg.reply(f"safe {msg.arg('n')} ran")


@command("restricted", "For some.", {"allow": ["ops"]})
def restricted(msg):
    msg.reply("restricted")


@command("dangerous {what}", "For few.", {"danger": True, "allow": ["ops"]})
def dangerous(msg):
    msg.reply(f"dangerous {msg.arg('what')}")


@route("Listen for tickets.", {"hear": {"regex": "ticket (?P<id>[0-9]+)"}})
def ticket(msg):
    msg.reply(f"ticket {msg.arg('id')}")


if __name__ == "__main__":
    if "--manifest" in sys.argv:  # `oco check` asks
        print(json.dumps(MANIFEST))
    elif not KEY:
        sys.exit("This is a handler of OpenChatOps. `oco key new everything` makes a key: put it into OCO_KEY.")
    else:
        try:
            serve()
        except Refused as refusal:
            sys.exit(str(refusal))
