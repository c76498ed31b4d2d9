"""The echo that is measured, as an author writes it with the library."""

import openchatops as oco

handler = oco.Handler("python", max_in_flight=1000)


@handler.command("python {text...}")
async def echo(msg: oco.Message, text: str):
    """Say it again."""
    msg.reply(text)


if __name__ == "__main__":
    oco.main(handler)
