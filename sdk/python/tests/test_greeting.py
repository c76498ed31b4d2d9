"""How a plugin finds out what answers at its endpoint, where that cannot be seen at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import openchatops as oco
from openchatops import _greeting
from openchatops._endpoint import parse

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def greeted(serve: Serve) -> str:
    """Why a plugin is not sure that the bot is there."""

    async def play() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(oco.BotError) as caught:
                await _greeting.greet(parse(f"127.0.0.1:{port}"))
        assert caught.value.code == "UNAVAILABLE"
        return caught.value.text.replace(str(port), "PORT")

    return asyncio.run(play())


@pytest.mark.parametrize("reads", [False, True])
def test_a_tunnel_to_a_bot_that_is_away_is_no_reason_to_give_up(reads: bool) -> None:
    async def shut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reads:
            await reader.read(100)
        writer.close()

    assert greeted(shut) == "127.0.0.1:PORT: whatever listens there closes the connection and says nothing"


def test_an_endpoint_that_swallows_everything_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_greeting, "_PATIENCE", 0.05)

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    assert greeted(hold) == "no answer from 127.0.0.1:PORT within 0.05 s"


def test_a_unix_socket_that_says_nothing_is_tried_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("s") / "bot.sock"

    async def play() -> None:
        async def shut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_unix_server(shut, path):
            with pytest.raises(oco.BotError) as caught:
                await _greeting.greet(parse(f"unix://{path}"))
        assert caught.value.text == f"{path}: whatever listens there closes the connection and says nothing"

    asyncio.run(play())


def test_a_good_start_is_not_held_up() -> None:
    """The server need not have read anything, nor be quick to close."""

    async def play() -> None:
        closed = asyncio.Event()

        async def bot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"\0\0\0\4\0\0\0\0\0")
            await reader.read()  # until the plugin has gone
            closed.set()
            writer.close()

        server = await asyncio.start_server(bot, "127.0.0.1", 0)
        async with server:
            await _greeting.greet(parse(f"127.0.0.1:{server.sockets[0].getsockname()[1]}"))
            await closed.wait()

    asyncio.run(play())
