"""Finds out, before the first call, what answers where a plugin dials.

gRPC waits for a bot that is away, and tells one that is away from a web server or
from TLS by nothing but its deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

from ._endpoint import Endpoint
from .errors import BotError, NotTheBot

_PATIENCE = 10.0
# The connection preface of HTTP/2 with empty settings, which a server answers with its own.
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
_SETTINGS = 4
_TLS_ALERT = 0x15


async def greet(endpoint: Endpoint) -> None:
    """Returns if a gRPC server answers without TLS.

    NotTheBot: something else does, and only a person can help. BotError: nobody does, and
    it may be otherwise later.
    """
    try:
        reader, writer = await asyncio.wait_for(_open(endpoint), _PATIENCE)
    except (OSError, asyncio.TimeoutError) as err:
        raise unreachable(endpoint, err) from None
    answer = b""
    try:
        writer.write(_PREFACE)
        answer = await asyncio.wait_for(reader.read(9), _PATIENCE)
    except asyncio.TimeoutError as err:
        raise unreachable(endpoint, err) from None
    except ConnectionError:
        pass  # it did not like the preface
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if len(answer) > 3 and answer[3] == _SETTINGS:
        return
    if not answer and not await _speaks_tls(endpoint):
        # As a tunnel or a proxy does while the bot behind it is away.
        raise unreachable(endpoint, ConnectionError("whatever listens there closes the connection and says nothing"))
    raise NotTheBot(f"endpoint {endpoint.text!r}: {_guess(answer)}")


def _guess(answer: bytes) -> str:
    if not answer or answer[0] == _TLS_ALERT:
        return (
            "what answers there takes no plaintext; if the bot speaks TLS, which it does unless listen.tls is off, "
            "dial it by oco+tls://, as `oco key new` prints it"
        )
    if answer.startswith(b"HTTP/"):
        return "what answers there is a web server: plugins dial the port of listen.grpc"
    return "what answers there speaks no gRPC: plugins dial the port of listen.grpc"


async def _speaks_tls(endpoint: Endpoint) -> bool:
    """Whether TLS answers, with whatever certificate."""
    if not endpoint.host:
        return False
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(endpoint.host, endpoint.port, ssl=context), _PATIENCE
        )
    except ssl.SSLError as err:
        return not isinstance(err, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
    except (OSError, asyncio.TimeoutError):
        return False
    writer.transport.abort()
    return True


async def _open(endpoint: Endpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if endpoint.host:
        return await asyncio.open_connection(endpoint.host, endpoint.port)
    return await asyncio.open_unix_connection(endpoint.target.removeprefix("unix://"))


def unreachable(endpoint: Endpoint, err: BaseException) -> BotError:
    """Why nobody is reached, in words. It may be otherwise later."""
    where = f"{endpoint.host}:{endpoint.port}" if endpoint.host else endpoint.target.removeprefix("unix://")
    match err:
        case asyncio.TimeoutError():
            why = f"no answer from {where} within {_PATIENCE:g} s"
        case socket.gaierror():
            why = f"there is no host {endpoint.host} as far as this machine knows"
        case FileNotFoundError():
            why = f"there is no socket {where}"
        case PermissionError():
            why = f"this user may not connect to {where}"
        case _ if isinstance(err, ConnectionRefusedError) or "Connect call failed" in str(err):
            why = f"nothing listens at {where}"
        case _:
            why = f"{where}: {err}"
    return BotError("UNAVAILABLE", why)
