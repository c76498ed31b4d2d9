"""Reads an endpoint and finds out whether the bot that it names answers there."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import NotTheBot, UsageError

_HANDSHAKE = 10.0
_PARTIAL_CHAIN = 0x80000  # X509_V_FLAG_PARTIAL_CHAIN: a pinned certificate need not be its own root


@dataclass(frozen=True)
class Endpoint:
    """Where the bot is and how the way there is protected."""

    text: str
    """As it was given."""
    target: str
    """As gRPC wants it."""
    tls: bool = False
    host: str = ""
    port: int = 0
    pin: bytes | None = None
    """The SHA-256 of the certificate, if the endpoint names one."""


def parse(endpoint: str, insecure: bool = False) -> Endpoint:
    """Reads an endpoint. A bare key goes over a unix socket, loopback or TLS only."""

    def wrong(why: str) -> UsageError:
        return UsageError(f"endpoint {endpoint!r}: {why}")

    if endpoint.startswith("unix://"):
        if not endpoint.startswith("unix:///"):
            raise wrong("a unix socket is unix:///absolute/path")
        return Endpoint(endpoint, endpoint)
    url = endpoint if "://" in endpoint else "oco://" + endpoint
    parts = urlsplit(url)
    if parts.scheme not in ("oco", "oco+tls"):
        raise wrong("must be unix:///path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise wrong(str(err)) from None
    if not host or not port or parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise wrong("must name a host and a port and nothing else")
    target = "dns:///" + parts.netloc
    if parts.scheme == "oco+tls":
        try:
            return Endpoint(endpoint, target, True, host, port, _pin(parts.fragment))
        except ValueError as err:
            raise wrong(str(err)) from None
    if not insecure and not _loopback(host):
        raise wrong(
            "the key would travel unencrypted to another machine; use oco+tls://, "
            "or set OCO_INSECURE=1 if the way is safe"
        )
    return Endpoint(endpoint, target, False, host, port)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pin(fragment: str) -> bytes | None:
    """The pin, in hex or in base64url."""
    if not fragment:
        return None
    name, _, text = fragment.partition("=")
    if name != "sha256":
        raise ValueError("after # only sha256=PIN is understood")
    for decode in (_hex, _base64):
        with contextlib.suppress(ValueError, binascii.Error):
            if len(pin := decode(text)) == hashlib.sha256().digest_size:
                return pin
    raise ValueError(f"the pin {text!r} is not a SHA-256 in hex or base64url")


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _base64(text: str) -> bytes:
    text = text.rstrip("=")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Certificate:
    """The certificate that is trusted, and a name that stands in it."""

    pem: bytes
    name: str


async def certificate(endpoint: Endpoint) -> Certificate:
    """Asks the endpoint for its certificate and says whether it is the bot's.

    gRPC then trusts that certificate and no other. With a pin, the pin decides; without
    one, what this system trusts. NotTheBot says that only a person can help; any
    other OSError that nobody answers there.
    """
    if endpoint.pin is None:
        shown = await _shake(endpoint, _context())
        return Certificate(ssl.DER_cert_to_PEM_cert(shown[0]).encode(), endpoint.host)
    anyone = _context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    leaf, _ = await _shake(endpoint, anyone)
    if hashlib.sha256(leaf).digest() != endpoint.pin:
        raise NotTheBot(
            f"endpoint {endpoint.text!r}: the bot's certificate is not the one that the endpoint pins: its pin is "
            f"sha256={hashlib.sha256(leaf).hexdigest()}, and the endpoint says sha256={endpoint.pin.hex()}; if the "
            "bot has a new certificate, take the endpoint from `oco key new`, and if it has not, somebody stands "
            "in between"
        )
    pem = ssl.DER_cert_to_PEM_cert(leaf)
    pinned = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pinned.check_hostname = False
    pinned.verify_flags |= _PARTIAL_CHAIN
    pinned.set_alpn_protocols(["h2"])
    pinned.load_verify_locations(cadata=pem)
    _, names = await _shake(endpoint, pinned)
    return Certificate(pem.encode(), names[0] if names else endpoint.host)


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2"])
    return context


async def _shake(endpoint: Endpoint, context: ssl.SSLContext) -> tuple[bytes, list[str]]:
    """A handshake: the certificate that was shown and the names in it."""
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(endpoint.host, endpoint.port, ssl=context, server_hostname=endpoint.host),
            _HANDSHAKE,
        )
    except ssl.SSLCertVerificationError as err:
        raise NotTheBot(
            f"endpoint {endpoint.text!r}: {err.verify_message}; an endpoint without a pin needs a certificate that "
            "this system trusts, and one with a pin a certificate that is valid now: `oco key new` prints the endpoint "
            "with its pin"
        ) from err
    except ssl.SSLError as err:
        if err.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
            raise NotTheBot(
                f"endpoint {endpoint.text!r}: what answers there does not speak TLS ({err.reason}): is it the port of "
                "listen.grpc, and is listen.tls not off?"
            ) from err
        raise
    try:
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        leaf = tls.getpeercert(binary_form=True)
        if tls.selected_alpn_protocol() != "h2":
            raise NotTheBot(
                f"endpoint {endpoint.text!r}: what answers there speaks TLS, and no gRPC behind it: plugins dial the "
                "port of listen.grpc"
            )
        if leaf is None:
            raise NotTheBot(f"endpoint {endpoint.text!r}: the bot showed no certificate")
        shown = tls.getpeercert() or {}
        alternatives = shown.get("subjectAltName", ())
        names = [str(value) for pair in alternatives for value in pair[1:]]
        return leaf, names
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
