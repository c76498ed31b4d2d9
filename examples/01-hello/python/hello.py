"""A handler with two commands. Both reply, work, and reply again."""

import asyncio

import openchatops as oco

handler = oco.Handler("hello")


@handler.command("hello [{name}]", repeatable=True)
async def hello(msg: oco.Message, name: str = ""):
    """Greet somebody."""
    msg.reply(f"Hello, {name or msg.user.name}. One moment.")  # on its way within 100 ms
    await asyncio.sleep(0.3)
    msg.reply("Now I have time for you.")  # commits together with the outcome


@handler.command("deploy {app} [to {env}]")
async def deploy(msg: oco.Message, app: str, env: str = "staging"):
    """Pretend to deploy an app."""
    if env == "moon":
        raise oco.Tell("There is no rocket today.")
    msg.reply(f"Deploying {app}.")
    try:
        await asyncio.sleep(0.3)
    except asyncio.CancelledError as err:
        raise oco.Tell("The deploy was interrupted.") from err  # the text for the person, the cause for the log
    msg.reply(f"{app} is deployed.")


if __name__ == "__main__":
    oco.main(handler)
