"""Counts how often it was asked to, exactly.

However often the handler or the bot is killed, the counter is the number of commands that
ended done.
"""

import openchatops as oco

handler = oco.Handler("counter", scopes=["store"])  # the operator grants it: scopes: [store]


@handler.command("count", order=oco.Order.NONE)
def count(msg: oco.Message):
    """Count one more."""
    # The transaction of the delivery commits in one step with the outcome and the reply, or not at all.
    msg.transaction.add("total")
    msg.reply("Counted.")


@handler.command("total", repeatable=True)
async def total(msg: oco.Message):
    """Say how many there were."""
    msg.reply(f"{await msg.store.get('total', 0)} so far.")


@handler.command("reserve {n:integer}")
async def reserve(msg: oco.Message, n: int):
    """Take some of ten, if so many are left."""

    # It decides by what is there, so it writes at once, and only if nobody else wrote meanwhile.
    def take(left: int | None) -> int:
        left = 10 if left is None else left
        if not 1 <= n <= left:
            raise oco.Tell(f"There are {left} left.")
        return left - n

    left = await msg.store.update("left", take)
    msg.reply(f"They are yours; {left} are left.")


if __name__ == "__main__":
    oco.main(handler)
