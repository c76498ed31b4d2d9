"""A handler whose commands take what people type: names, numbers, times, people, rooms, flags and secrets.

The bot reads and checks them; a callback runs only if all of them fit.
"""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Literal

import openchatops as oco

handler = oco.Handler("ops")


@handler.command(
    "deploy {app} [to {env:staging|prod=staging}] [--count={n:integer=1}] [--force|-f] [because {why...}]",
    examples=["deploy web to prod", "deploy “web shop” --count=3 because it is friday"],
)
async def deploy(
    msg: oco.Message,
    app: Annotated[str, oco.Arg(help="Which app.")],
    env: Literal["staging", "prod"],
    n: Annotated[int, oco.Arg(help="How many of it run.")],
    force: bool = False,
    why: str = "",
):
    """Pretend to deploy an app."""
    text = f"Deploying {app} to {env}, {n} times"
    if force:
        text += ", whatever it takes"
    if why:
        text += f", because {why}"
    msg.reply(text + ".")


@handler.command(
    "remind {who:user} {when:time} {what...}",
    repeatable=True,
    deprecated="alarm {who:user} {when:time} {what...}",
    examples=["remind me tomorrow 9am to water the plants", "remind @bob in 2h stand up"],
)
async def remind(msg: oco.Message, who: oco.User, when: datetime, what: str):
    """Pretend to remind somebody."""
    far = when - datetime.now(timezone.utc) > timedelta(days=1)
    day = f"{when.day} {when:%B %Y} " if far else ""
    msg.reply(f"I will remind {who.name} at {day}{when:%H:%M %Z}: {what}")


@handler.command(
    "invite {people*:user} to {room:room}",
    repeatable=True,
    aliases="ask {people*:user} into {room:room}",
    examples="invite @alice @bob to #ops",
)
async def invite(msg: oco.Message, people: list[oco.User], room: oco.Room):
    """Pretend to invite people to a room."""
    msg.reply(f"I will invite {' and '.join(p.name for p in people)} to {room.name}.")


@handler.command(
    "watch {page:url} [every {pause:duration=5m}] [--token={token:secret}]",
    repeatable=True,
    examples="watch https://example.com every 1h30m",
)
async def watch(
    msg: oco.Message,
    page: str,
    pause: timedelta,
    token: Annotated[str, oco.Arg(help="What the page wants to know of who looks at it.")] = "",
):
    """Pretend to look after a web page."""
    text = f"I will look at {page} every {pause}"
    if token:
        text += ", with the token that I will not repeat"
    msg.reply(text + ".")


if __name__ == "__main__":
    oco.main(handler)
