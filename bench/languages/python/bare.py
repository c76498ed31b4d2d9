"""The bare echo: what comes on a stream goes back, and nothing more. It ends with the stream.

python bare.py ADDRESS stream|call
"""

import asyncio
import sys

import grpc
from yardstick_pb2 import Envelope

SERVICE = "/openchatops.bench.yardstick.Bare/"
CODED = {"request_serializer": Envelope.SerializeToString, "response_deserializer": Envelope.FromString}
ME = Envelope(route="python")


async def stream(channel: grpc.aio.Channel):
    """Answer on the same stream."""
    call = channel.stream_stream(SERVICE + "Echo", **CODED)()
    await call.write(ME)
    while (message := await call.read()) is not grpc.aio.EOF:
        await call.write(message)


async def call(channel: grpc.aio.Channel):
    """Answer each message by a call."""
    answer = channel.unary_unary(SERVICE + "Answer", **CODED)

    async def echo(message: Envelope):
        await answer(message)

    underway = set()
    async for message in channel.unary_stream(SERVICE + "Subscribe", **CODED)(ME):
        task = asyncio.create_task(echo(message))
        underway.add(task)
        task.add_done_callback(underway.discard)


async def main(address: str, way: str):
    async with grpc.aio.insecure_channel(address) as channel:
        await {"stream": stream, "call": call}[way](channel)


asyncio.run(main(*sys.argv[1:]))
