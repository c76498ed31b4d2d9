// Counts how often it was asked to, exactly: however often the handler or the bot is
// killed, the counter is the number of commands that ended done.
import { Handler, Tell } from "@openchatops/oco";

export const counter = new Handler("counter").asks("store"); // the operator grants it: scopes: [store]

// It fills the transaction of its delivery, which commits in one step with the outcome and
// the reply, or not at all.
counter.command(
  "count",
  "Count one more.",
  async ({ msg }) => {
    msg.transaction.add("total", 1);
    msg.reply("Counted.");
  },
  { order: "none" },
);

counter.command(
  "total",
  "Say how many there were.",
  async ({ msg }) => {
    const total = await msg.bot.store.get<number>("total");
    msg.reply(`${total?.value ?? 0} so far.`);
  },
  { repeatable: true },
);

// It decides by what is there, so it writes at once, and only if nobody else wrote meanwhile.
counter.command("reserve {n:integer}", "Take some of ten, if so many are left.", async ({ msg, args }) => {
  const n = Number(args.n);
  const left = await msg.bot.store.update<number>("left", (old = 10) => {
    if (old < n || n < 1) throw new Tell(`There are ${old} left.`);
    return old - n;
  });
  msg.reply(`They are yours; ${left} are left.`);
});
