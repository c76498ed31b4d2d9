"""What authors are told when something is wrong: the first lines, exactly, of real programs at a terminal.

Each says what is wrong, where in the author's code, and what to do.
"""

import ast
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from author import PACKAGE, Author, terminal

from openchatops.testing import Bot
from openchatops.testing.process import free_port

PYTHON = os.path.normpath(sys.executable)
"""As it calls itself, however it was called."""

PING = """
import openchatops as oco

handler = oco.Handler("demo")


@handler.command("ping")
async def ping(msg: oco.Message):
    msg.reply("pong")


oco.main(handler)
"""

ROUTES = """
import openchatops as oco

handler = oco.Handler("demo")


@handler.command("deploy (a|")  # pattern
async def deploy(msg: oco.Message): ...


@handler.hear("(a|b){1,500}x{1,900}")  # dear
async def dear(msg: oco.Message): ...


@handler.hear("(?=x)")  # ahead
async def ahead(msg: oco.Message): ...


@handler.command("ping {n}")
async def ping(msg: oco.Message, n: str): ...


@handler.command("ping {who}", name="ping")  # twice
async def ping_who(msg: oco.Message, who: str): ...


oco.main(handler)
"""


def test_routes_that_the_bot_refuses(bot: Bot, tmp_path: Path) -> None:
    with terminal(bot, tmp_path, ROUTES) as author:
        author.says(
            [
                'ERROR {pattern}: the bot does not take the route deploy (a|: pattern "deploy (a|", column 11: an '
                "alternative cannot be empty; write [...] for a part that may be left out",
                'ERROR {dear}: the bot does not take the route hear-1: pattern "(a|b){1,500}x{1,900}", column 1: the '
                "pattern is too costly: its cost exceeds 1000 here; use smaller repetitions",
                'ERROR {ahead}: the bot does not take the route hear-2: pattern "(?=x)", column 1: lookahead and '
                "lookbehind are not supported",
                "ERROR {twice}: the bot does not take the route ping: name: another route of this manifest is called "
                '"ping" already; give one of them another name',
            ]
        )


TELLS = """
import asyncio
import logging
import os


async def run():
    ready = asyncio.Event()
    endpoint, key = os.environ["OCO_ENDPOINT"], os.environ["OCO_KEY"]
    running = asyncio.ensure_future(oco.run(handler, endpoint=endpoint, key=key, ready=ready))
    await ready.wait()
    print("deliveries come", flush=True)
    await running


logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
asyncio.run(run())
"""


def test_the_bot_goes_away_and_comes_back(bot: Bot, tmp_path: Path) -> None:
    with terminal(bot, tmp_path, PING.replace("oco.main(handler)", TELLS)) as author:
        # That the program is connected the bot knows before the program does.
        author.behind("deliveries come\n")
        bot.kill()
        author.says(
            [
                "WARNING demo: deliveries do not come any more; trying again: the bot is out of reach: the connection "
                "broke; is it running, and is the endpoint right?"
            ]
        )
        author.forget()
        bot.restart()
        bot.await_plugins("demo")
        author.until("INFO demo takes deliveries again\n")
        bot.command("ping")
        bot.want_reply("pong")


class Web(socketserver.BaseRequestHandler):
    """A web server that knows HTTP/1 only."""

    def handle(self) -> None:
        self.request.recv(100)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class Banner(socketserver.BaseRequestHandler):
    """Some other server."""

    def handle(self) -> None:
        self.request.sendall(b"220 mail.example ESMTP\r\n")
        self.request.recv(100)


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


AGAIN = "WARNING cannot register with the bot; trying again: the bot is out of reach: "
RIGHT = "; is it running, and is the endpoint right?"


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("127.0.0.1:1", f"{AGAIN}nothing listens at 127.0.0.1:1{RIGHT}"),
        ("oco+tls://127.0.0.1:1", f"{AGAIN}nothing listens at 127.0.0.1:1{RIGHT}"),
        ("localhost:1", f"{AGAIN}nothing listens at localhost:1{RIGHT}"),
        ("unix:///nowhere/bot.sock", f"{AGAIN}there is no socket /nowhere/bot.sock{RIGHT}"),
        ("oco+tls://nowhere.invalid:1", f"{AGAIN}there is no host nowhere.invalid as far as this machine knows{RIGHT}"),
        (
            "bot.example:7000",
            "oco: endpoint 'bot.example:7000': the key would travel unencrypted to another machine; use oco+tls://, or "
            "set OCO_INSECURE=1 if the way is safe",
        ),
        (
            "http://127.0.0.1:7000",
            "oco: endpoint 'http://127.0.0.1:7000': must be unix:///path, host:port, oco://host:port or "
            "oco+tls://host:port#sha256=PIN",
        ),
        ("127.0.0.1", "oco: endpoint '127.0.0.1': must name a host and a port and nothing else"),
    ],
)
def test_endpoints_where_no_bot_is(tmp_path: Path, endpoint: str, says: str) -> None:
    # Where nothing answers the question for a host either, that is found out at once.
    quick = "timeout:1 attempts:1"
    author = Author(tmp_path, PING, OCO_ENDPOINT=endpoint, OCO_KEY="oco_demo_id_secret", RES_OPTIONS=quick)
    try:
        author.says([says])
    finally:
        author.close()


@pytest.mark.parametrize(
    ("handler", "tls", "says"),
    [
        (Web, "", "what answers there is a web server: plugins dial the port of listen.grpc"),
        (Banner, "", "what answers there speaks no gRPC: plugins dial the port of listen.grpc"),
        (
            Web,
            "oco+tls://",
            "what answers there does not speak TLS (WRONG_VERSION_NUMBER): is it the port of listen.grpc, and is "
            "listen.tls not off?",
        ),
    ],
)
def test_something_else_answers(
    tmp_path: Path, handler: type[socketserver.BaseRequestHandler], tls: str, says: str
) -> None:
    with serving(handler) as port:
        endpoint = f"{tls}127.0.0.1:{port}"
        author = Author(tmp_path, PING, OCO_ENDPOINT=endpoint, OCO_KEY="oco_demo_id_secret")
        try:
            author.says([f"oco: endpoint {endpoint!r}: {says}"])
            assert author.ended() == 1
        finally:
            author.close()


def test_the_wrong_way_to_a_bot_with_tls(bot: Bot, tmp_path: Path) -> None:
    grpc = f"127.0.0.1:{free_port()}"
    bot.start(config={"listen": {"http": "", "grpc": grpc}})
    cases = {
        grpc: f"oco: endpoint {grpc!r}: what answers there takes no plaintext; if the bot speaks TLS, which it does "
        "unless listen.tls is off, dial it by oco+tls://, as `oco key new` prints it",
        f"oco+tls://{grpc}": f"oco: endpoint 'oco+tls://{grpc}': self-signed certificate; an endpoint without a pin "
        "needs a certificate that this system trusts, and one with a pin a certificate that is valid now: `oco key new` "
        "prints the endpoint with its pin",
    }
    for endpoint, says in cases.items():
        author = Author(tmp_path, PING, OCO_ENDPOINT=endpoint, OCO_KEY="oco_demo_id_secret")
        try:
            author.says([says])
            assert author.ended() == 1
        finally:
            author.close()


def test_a_wrong_key(bot: Bot, tmp_path: Path) -> None:
    bot.start(config={"handlers": [{"name": "demo", "remote": True}]})
    assert bot.process is not None
    author = Author(tmp_path, PING, OCO_ENDPOINT=bot.process.endpoint, OCO_KEY="oco_demo_abc_wrong")
    try:
        refused = "this is not a plugin key as the bot makes them, or a part of it is missing or mistyped"
        again = f"WARNING cannot register with the bot; trying again: the bot refused: {refused} [KEY_INVALID]"
        author.says(
            [
                again,
                again,
                f"oco: the bot does not accept the key of the plugin demo ({refused}): make a new one with `oco key new "
                "demo`, or check that the endpoint is the right bot",
            ]
        )
        assert author.ended() == 1
    finally:
        author.close()


CHAT = """
import openchatops as oco


class Chat(oco.Adapter):
    async def run(self, bot: oco.Bot):
        self.connect()  # runs

    def connect(self):
        raise OSError("no route to the chat")  # connects

    async def send(self, message: oco.Outgoing) -> str: ...
"""


def test_an_adapter_that_fails(bot: Bot, tmp_path: Path) -> None:
    bot.start()
    assert bot.process is not None
    key = bot._loop.run(bot.process.key("test", adapter=True))
    program = CHAT + 'oco.main(oco.AdapterPlugin("test", "chatter", Chat()))'
    author = Author(tmp_path, program, OCO_ENDPOINT=bot.process.endpoint, OCO_KEY=key)
    try:
        assert author.ended() == 1
        failed = "the adapter test failed: OSError: no route to the chat ({connects} in connect)"
        author.says(
            [
                f"ERROR {failed}",
                "Traceback (most recent call last):",
                '  File "{file}", line {#runs}, in run',
            ]
        )
        assert author.last() == author.expand(f"oco: {failed}")
    finally:
        author.close()


DECLARED = """
import datetime
import openchatops as oco

handler = oco.Handler("demo")

"""


@pytest.mark.parametrize(
    ("declaration", "says"),
    [
        (
            '@handler.command("deploy {app} [to {env}]")  # here\ndef deploy(msg: oco.Message, app): ...',
            "{here}: deploy() does not fit command('deploy {{app}} [to {{env}}]'): it does not take env. It must be "
            "called as deploy(msg, app: str, env: str | None = None)",
        ),
        (
            '@handler.command("on {day}")  # here\ndef on(msg: oco.Message, day: datetime.date): ...',
            "{here}: on() does not fit command('on {{day}}'): day: date is no type of an argument; there are str, int, "
            "float, bool, datetime, timedelta, oco.User, oco.Room, oco.File, Literal, an Enum, a list of these, and each "
            "of them | None. It must be called as on(msg, day: str)",
        ),
        (
            "@handler.hear('(?P<at>x)')  # here\ndef at(msg: oco.Message, at: datetime.datetime): ...",
            "{here}: at() does not fit hear('(?P<at>x)'): at: the group at cannot be datetime: a group is str, int, "
            "float, timedelta, Literal or an Enum; take it as str and read it. It must be called as at(msg, at: str)",
        ),
        (
            '@handler.command("a", name="x")  # one\ndef a(msg): ...\n'
            '@handler.command("b", name="x")  # here\ndef b(msg): ...',
            "{here}: command('b'): the route at {one} has the name 'x': give one of them name=",
        ),
        (
            '@handler.command("a", alow="ops")  # here\ndef a(msg): ...',
            "{here}: command('a'): there is no option alow; there are aliases, allow, danger, deprecated, examples, "
            "max_attempts, max_run, name, notify, on_edit, order, repeatable, stale_after",
        ),
    ],
)
def test_declarations(tmp_path: Path, declaration: str, says: str) -> None:
    author = Author(tmp_path, DECLARED + declaration)
    try:
        assert author.ended() == 1
        want = author.expand(says.replace("{{", "\0").replace("}}", "\1")).replace("\0", "{").replace("\1", "}")
        assert author.last() == f"openchatops.errors.DeclarationError: {want}"
    finally:
        author.close()


def test_started_by_hand(tmp_path: Path) -> None:
    for variables, says in [
        (
            {},
            "This is a plugin of OpenChatOps and needs a bot to talk to: try it with `oco try -- python {file}`, or set "
            "OCO_ENDPOINT and OCO_KEY, which `oco key new demo` prints.",
        ),
        (
            {"OCO_ENDPOINT": "127.0.0.1:1"},
            "oco: OCO_ENDPOINT is set and OCO_KEY is not: `oco key new demo` prints both.",
        ),
        ({"OCO_KEY": "oco_demo_1_2"}, "oco: OCO_KEY is set and OCO_ENDPOINT is not: `oco key new demo` prints both."),
    ]:
        author = Author(tmp_path, PING, **variables)
        try:
            author.says([says])
            assert author.ended() == 2
        finally:
            author.close()


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("oco.main()", "there is no plugin to run: give the handler to main"),
        ("oco.main(Chat())", "Chat is an adapter: give main AdapterPlugin(NAME, SERVICE, adapter)"),
        ('oco.main("demo")', "'demo' is no plugin: give main a Handler or an AdapterPlugin"),
        (
            "async def start(): oco.main(handler)\nimport asyncio\nasyncio.run(start())",
            "main runs a loop of its own, and here one runs already: write `await oco.run(…)`",
        ),
    ],
)
def test_what_main_does_not_take(tmp_path: Path, last: str, says: str) -> None:
    author = Author(tmp_path, CHAT + PING.replace("oco.main(handler)", last))
    try:
        author.says([f"oco: {says}"])
        assert author.ended() == 2
    finally:
        author.close()


@pytest.mark.parametrize("missing", ["grpc", "google.protobuf", "google.rpc", "typing_extensions"])
def test_a_package_that_is_not_installed(missing: str) -> None:
    package = {"grpc": "grpcio", "google.protobuf": "protobuf", "google.rpc": "googleapis-common-protos"}
    hidden = f"import sys; sys.modules[{missing!r}] = None; import openchatops"
    ended = subprocess.run([PYTHON, "-c", hidden], cwd=PACKAGE, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr.splitlines()[-1] == (
        f"ImportError: openchatops needs the package {package.get(missing, missing)}, which is not installed: install "
        f"it with all that it needs by `{PYTHON} -m pip install openchatops`"
    )


def test_a_python_that_is_too_old() -> None:
    """What such a Python reads before it says so is of its own grammar."""
    for name in ("__init__.py", "_needs.py"):
        ast.parse((PACKAGE / "openchatops" / name).read_text(encoding="utf-8"), feature_version=(3, 7))
    old = "import sys; sys.version_info = (3, 9, 1); import openchatops"
    ended = subprocess.run([PYTHON, "-c", old], cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1] == (
        f"ImportError: openchatops needs Python 3.10 or newer, and this is Python 3.9 ({PYTHON})"
    )
