// The everything-handler of the conformance suite, written with the TypeScript library;
// see ../README.md.
import { appendFileSync } from "node:fs";
import { setTimeout as work } from "node:timers/promises";
import { Handler, type Message, RetryAfter, Tell } from "@openchatops/oco";

const everything = new Handler("everything").asks("store", "messages.write.direct");
const forLog = () => new Error("this is for the log");

everything.command("echo {text...}", "Repeat some text.", ({ msg, args }) => void msg.reply(args.text), {
  deprecated: ["shout {text...}"],
  examples: ["echo hello"],
});
everything.command("say {a} [and {b}] [--loud]", "Say what was understood.", ({ msg, args }) => {
  const { a, b = "absent", loud } = args;
  msg.reply(`a=${a} b=${b} loud=${loud}`);
});
everything.command(
  "add {a:integer} [{b:integer=2}]",
  "Add two numbers.",
  ({ msg, args }) => void msg.reply(String(args.a + args.b)),
  { aliases: ["plus {a:integer} [{b:integer=2}]"] },
);
everything.command("join {names*}", "Join names.", ({ msg, args }) => void msg.reply(args.names.join("+")));
everything.command("pick {env:prod|staging}", "Pick one.", ({ msg, args }) => void msg.reply(args.env));
everything.command("wait {long:duration}", "Say how long that is.", ({ msg, args }) => void msg.reply(String(args.long)));
everything.command("at {when:time}", "Say when that is.", ({ msg, args }) => {
  msg.reply(args.when.toISOString().replace(".000Z", "Z"));
});
everything.command("who {user:user}", "Say who that is.", ({ msg, args }) => void msg.reply(args.user.id));
everything.command("where {room:room}", "Say where that is.", ({ msg, args }) => void msg.reply(args.room.id));
everything.command("me", "Say who speaks where.", ({ msg }) => void msg.reply(`${msg.user.id} in ${msg.room.id}`));

everything.command("two", "Reply twice.", ({ msg }) => {
  msg.reply("one");
  msg.reply("two");
});
everything.command("later", "Reply, work, reply.", async ({ msg, signal }) => {
  msg.reply("one");
  await work(300, undefined, { signal });
  msg.reply("two");
});
everything.command("private", "Reply to the person.", ({ msg }) => void msg.reply("just for you", { direct: true }));
everything.command("silent", "Reply nothing.", () => {});

everything.command("tell", "Fail with a text.", () => {
  throw new Tell("This is for you.", forLog());
});
everything.command("break", "Fail.", () => {
  throw forLog();
});
everything.command("again", "Ask for another attempt.", ({ msg }) => {
  if (msg.attempt < 3) throw new RetryAfter(1);
  msg.reply(`attempt ${msg.attempt}`);
});
everything.command(
  "flaky",
  "Fail at first.",
  ({ msg }) => {
    if (msg.attempt < 2) throw forLog();
    msg.reply(`attempt ${msg.attempt}`);
  },
  { repeatable: true },
);
everything.command(
  "stuck",
  "Take too long.",
  async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  },
  { maxRun: 200 },
);
everything.command("count {name}", "Count.", async ({ msg, args }) => {
  const entry = await msg.bot.store.get<number>(args.name);
  msg.transaction.add(args.name, 1);
  msg.reply(String(entry?.value ?? 0));
});
everything.command("fail {name}", "Count, and fail.", ({ msg, args }) => {
  msg.transaction.add(args.name, 100);
  throw forLog();
});

// writeDown says in the file EVERYTHING_RUNS that a callback runs.
const writeDown = (msg: Message, n: string) => {
  const runs = process.env.EVERYTHING_RUNS;
  if (runs !== undefined) appendFileSync(runs, `${msg.route} ${n} ${msg.attempt}\n`);
};
everything.command("once {n}", "Run once.", async ({ msg, args }) => {
  writeDown(msg, args.n);
  await work(30);
  msg.reply(`once ${args.n} ran`);
});
everything.command(
  "safe {n}",
  "Run, and again if that is needed.",
  async ({ msg, args }) => {
    writeDown(msg, args.n);
    msg.reply(`safe ${args.n} begins`);
    await work(150);
    msg.reply(`safe ${args.n} ran`);
  },
  { repeatable: true },
);

everything.command("restricted", "For some.", ({ msg }) => void msg.reply("restricted"), { allow: ["ops"] });
everything.command("dangerous {what}", "For few.", ({ msg, args }) => void msg.reply(`dangerous ${args.what}`), {
  danger: true,
  allow: ["ops"],
});
everything.hear("ticket (?P<id>[0-9]+)", ({ msg, args }) => void msg.reply(`ticket ${args.id}`));

await everything.run();
