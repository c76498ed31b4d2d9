"""Endpoints, certificates and pins."""

import logging
import threading
from collections.abc import Iterator

import pytest
from test_echo import echo_handler

import openchatops as oco
from openchatops import _stream
from openchatops._endpoint import parse
from openchatops._log import LOG
from openchatops.testing import Bot
from openchatops.testing.process import free_port

PIN = "ab" * 32


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [
        ("unix:///run/oco.sock", "unix:///run/oco.sock"),
        ("localhost:9000", "dns:///localhost:9000"),
        ("127.0.0.1:9000", "dns:///127.0.0.1:9000"),
        ("oco://[::1]:9000", "dns:///[::1]:9000"),
        (f"oco+tls://bot.example:9000#sha256={PIN}", "dns:///bot.example:9000"),
        ("oco+tls://bot.example:9000", "dns:///bot.example:9000"),
    ],
)
def test_endpoints(endpoint: str, target: str) -> None:
    assert parse(endpoint).target == target


def test_pins() -> None:
    raw = bytes.fromhex(PIN)
    assert parse(f"oco+tls://b:1#sha256={PIN}").pin == raw
    colons = ":".join(PIN[i : i + 2] for i in range(0, 64, 2)).upper()
    assert parse(f"oco+tls://b:1#sha256={colons}").pin == raw
    assert parse("oco+tls://b:1#sha256=q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=").pin == raw
    assert parse("oco+tls://b:1").pin is None


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("unix://run/oco.sock", "a unix socket is unix:///absolute/path"),
        ("http://bot:1", "must be unix:///path, host:port"),
        ("bot", "must name a host and a port"),
        ("127.0.0.1:x", "Port could not be cast"),
        ("127.0.0.1:1/path", "and nothing else"),
        ("bot.example:9000", "the key would travel unencrypted to another machine"),
        ("10.0.0.1:9000", "set OCO_INSECURE=1 if the way is safe"),
        ("oco+tls://b:1#md5=x", "only sha256=PIN is understood"),
        ("oco+tls://b:1#sha256=xyz", "is not a SHA-256"),
    ],
)
def test_endpoints_that_cannot_be(endpoint: str, says: str) -> None:
    with pytest.raises(oco.UsageError) as caught:
        parse(endpoint)
    assert str(caught.value).startswith(f"endpoint {endpoint!r}: ")
    assert says in str(caught.value)


def test_plain_text_that_the_operator_allows() -> None:
    assert parse("bot.example:9000", insecure=True).target == "dns:///bot.example:9000"


@pytest.fixture
def secure(bot: Bot) -> tuple[Bot, str]:
    """A bot that shows the certificate that it made, and its endpoint with the pin."""
    bot.start(echo_handler(), config={"listen": {"http": "", "grpc": f"127.0.0.1:{free_port()}"}})
    assert bot.process is not None
    return bot, bot.process.endpoint


def test_a_pinned_certificate(secure: tuple[Bot, str]) -> None:
    bot, endpoint = secure
    assert endpoint.startswith("oco+tls://127.0.0.1:")
    bot.command("echo over TLS")
    bot.want_reply("over TLS")


def failing(bot: Bot, endpoint: str, error: type[Exception], says: str) -> None:
    work = oco.run(echo_handler(), endpoint=endpoint, key="oco_echo_1_2")
    with pytest.raises(error) as caught:
        bot._loop.run(work)
    assert says in str(caught.value)


def test_who_does_not_show_the_certificate_is_not_the_bot(secure: tuple[Bot, str]) -> None:
    bot, endpoint = secure
    pinned, _, pin = endpoint.partition("#sha256=")
    failing(
        bot, f"{pinned}#sha256={PIN}", oco.NotTheBot, f"its pin is sha256={pin}, and the endpoint says sha256={PIN}"
    )
    failing(bot, pinned, oco.NotTheBot, "an endpoint without a pin needs a certificate that this system trusts")


def test_what_does_not_speak_tls(bot: Bot) -> None:
    bot.start(echo_handler())
    assert bot.process is not None
    endpoint = f"oco+tls://{bot.process.endpoint}#sha256={PIN}"
    failing(bot, endpoint, oco.NotTheBot, "does not speak TLS")


class Listener(logging.Handler):
    """Waits for a line of the log."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.came = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self.text in record.getMessage():
            self.came.set()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener("is not the one that the endpoint pins")
    LOG.addHandler(listening)
    yield listening
    LOG.removeHandler(listening)


def test_a_new_certificate_is_waited_out(
    secure: tuple[Bot, str], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that was with its bot waits for it, whoever answers at the endpoint meanwhile."""
    monkeypatch.setattr(_stream, "SILENCE", 1.0)
    bot, _ = secure
    process = bot.process
    assert process is not None
    process.stop()
    tls = process.directory / "data" / "tls"
    away = process.directory / "tls-away"
    tls.rename(away)
    process.start()  # with another certificate
    assert listener.came.wait(30)
    process.stop()
    for file in tls.iterdir():
        file.unlink()
    tls.rmdir()
    away.rename(tls)
    bot.restart()
    bot.command("echo again")
    bot.want_reply("again")
