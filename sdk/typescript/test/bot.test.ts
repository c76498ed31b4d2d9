// Against the real bot: what a handler can do, and what becomes of it.

import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { Handler, Permanent, RetryAfter, Stopped, Tell } from "../src/index.js";
import { startBot } from "../src/testing/index.js";
import { newLog } from "./testlog.js";

test("arguments are typed, and what is absent is absent", async (t) => {
  const h = new Handler("args");
  h.command("take {app} [to {env:prod|test}] [--force] [--count={n:integer}] {rest*}", "Take.", ({ msg, args }) => {
    const { env = "nowhere", n = 7n } = args;
    msg.reply([args.app, env, args.force, n, args.rest.join("+"), "env" in args].join(" "));
  });
  h.command("wait {long:duration} {x:number}", "Wait.", ({ msg, args }) => {
    msg.reply(`${args.long / 2} ${args.x * 2}`);
  });
  const bot = await startBot(t, h);
  await bot.say('take "my app" one two');
  bot.wantReply("my app nowhere false 7 one+two false");
  await bot.say("take web to PROD --count=9007199254740993 -- one");
  bot.wantReply("web prod false 9007199254740993 one true");
  await bot.say("take web --force one");
  bot.wantReply("web nowhere true 7 one false");
  await bot.say("wait 1m30s 1.5");
  bot.wantReply("45000 3");
  await bot.say("wait long 1");
  bot.wantNoReply();
  bot.wantAnswer("long");
});

test("replies leave in order, and a long callback is heard before it ends", async (t) => {
  const h = new Handler("slow");
  let go: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  h.command("work", "Work.", async ({ msg }) => {
    msg.reply("starting");
    await gone;
    const reply = await msg.replyNow("posted");
    await reply.update("posted, really");
    await reply.react("👍");
    msg.reply("in between");
    msg.reply("done");
  });
  const bot = await startBot(t, h);
  const working = bot.say("work");
  for (let texts: string[] = []; texts.length === 0; texts = bot.replies()) {
    if (texts.length > 0) deepStrictEqual(texts, ["starting"]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  go();
  deepStrictEqual(await working, ["done"]);
  bot.wantReply("posted", "in between", "done");
  deepStrictEqual(
    bot.deeds.map(({ kind, what }) => [kind, what]),
    [
      ["updated", "posted, really"],
      ["reacted", "👍"],
    ],
  );
});

test("what a callback throws decides what becomes of it", async (t) => {
  const log = newLog();
  const h = new Handler("fails");
  let attempts = 0;
  h.command("tell", "Tell.", () => {
    throw new Tell("The deploy failed.", new Error("exit status 3"));
  });
  h.command("break", "Break.", () => {
    throw new Error("a secret of the log");
  });
  h.command("again", "Again.", ({ msg }) => {
    if (++attempts < 3) throw new RetryAfter(1, "busy");
    msg.reply(`attempt ${msg.attempt}`);
  });
  h.command(
    "never",
    "Never.",
    () => {
      throw new Permanent("no use");
    },
    { repeatable: true },
  );
  h.command(
    "flaky",
    "Flaky.",
    ({ msg }) => {
      if (msg.attempt === 1) throw new Error("flaky");
      msg.reply("well");
    },
    { repeatable: true },
  );
  const bot = await startBot(t, h, { log });
  // Each to somebody else, so that no notice waits for another.
  const commands = ["tell", "break", "again", "never", "flaky"];
  const outcomes = await Promise.all(commands.map((command) => bot.as(command).say(command)));
  deepStrictEqual(outcomes.flat(), ["failed", "failed", "done", "failed", "done"]);
  bot.as("tell").wantNotice("The deploy failed.");
  ok(!bot.as("break").notices().join().includes("secret"));
  bot.as("again").wantReply("attempt 3");
  bot.as("flaky").wantReply("well");
  match(
    log.lines.join("\n"),
    /command\("tell"\) at \/.*bot\.test\.ts:\d+ failed at \/.*bot\.test\.ts:\d+: exit status 3/,
  );
});

test("a reply that cannot be taken fails the delivery and says where", async (t) => {
  const log = newLog();
  const h = new Handler("odd");
  h.command("twice", "Twice.", ({ msg }) => {
    msg.reply("one", { key: "k" });
    msg.reply("two", { key: "k" });
  });
  h.command("empty", "Empty.", ({ msg }) => void msg.reply(""));
  const bot = await startBot(t, h, { log });
  deepStrictEqual(await Promise.all([bot.say("twice"), bot.as("bob").say("empty")]), [["failed"], ["failed"]]);
  bot.wantReply("one");
  match(log.lines.join("\n"), /used twice/);
});

test("a refused route is named with its place, and the others live", async (t) => {
  const log = newLog();
  const h = new Handler("half");
  h.command("good", "Good.", ({ msg }) => void msg.reply("good"));
  h.command("bad {", "Bad.", () => {});
  const bot = await startBot(t, h, { log });
  await bot.say("good");
  bot.wantReply("good");
  match(
    log.lines.join("\n"),
    /command\("bad {"\) at \/.*bot\.test\.ts:\d+: the bot does not take this route: .*column 6/,
  );
});

test("max_run ends the signal, and a callback may ask for more", async (t) => {
  const h = new Handler("long");
  let tell: (why: unknown) => void = () => {};
  const told = new Promise<unknown>((resolve) => {
    tell = resolve;
  });
  h.command(
    "long",
    "Long.",
    async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      tell(signal.reason);
      throw signal.reason;
    },
    { maxRun: 50 },
  );
  h.command("longer", "Longer.", async ({ msg }) => {
    await msg.extend(120_000);
    msg.reply("still there");
  });
  const bot = await startBot(t, h);
  await bot.say("long");
  bot.wantNotice("long");
  const why = await told;
  ok(why instanceof Stopped && why.reason === "max_run", String(why));
  deepStrictEqual(await bot.say("longer"), ["done"]);
  bot.wantReply("still there");
});

test("hear routes and events", async (t) => {
  const h = new Handler("ears");
  h.hear("(?i)ticket (?P<id>\\d+)(?P<rest> .*)?", ({ msg, args }) => {
    msg.reply(`${msg.user.id}: ${args.id} ${args.rest === undefined} ${msg.addressed}`);
  });
  const bot = await startBot(t, h);
  await bot.in("ops").say("see Ticket 42");
  bot.in("ops").wantReply("user:1:alice: 42 true false");
});

test("the store, and a transaction that commits with the outcome", async (t) => {
  const h = new Handler("count");
  h.asks("store");
  h.command("count", "Count.", async ({ msg }) => {
    msg.transaction.add("n", 1);
    msg.reply(`before: ${(await msg.bot.store.get<number>("n"))?.value ?? 0}`);
  });
  h.command("fail", "Fail.", ({ msg }) => {
    msg.transaction.add("n", 100);
    throw new Tell("no");
  });
  h.command("keep {key} {value...}", "Keep.", async ({ msg, args }) => {
    const { store } = msg.bot;
    await store.put(args.key, { text: args.value });
    await store.update<{ text: string }>(args.key, (old) => ({ text: `${old?.text}!` }));
    equal(await store.add("other", 5), 5n);
    await store.delete("other");
    const keys: string[] = [];
    for await (const entry of store.list<{ text: string }>(args.key)) keys.push(`${entry.key}=${entry.value.text}`);
    msg.reply(keys.join());
  });
  const bot = await startBot(t, h, { scopes: { count: ["store"] } });
  await bot.say("count");
  await bot.say("fail");
  await bot.say("count");
  bot.wantReply("before: 0", "before: 1");
  await bot.say("keep colour dark red");
  bot.wantReply("colour=dark red!");
});

test("a missing scope says who can give it", async (t) => {
  const h = new Handler("reader");
  h.command("users", "Users.", async ({ msg }) => {
    try {
      for await (const user of msg.bot.users()) msg.reply(user.name);
    } catch (error) {
      msg.reply(String(error));
    }
  });
  const bot = await startBot(t, h);
  await bot.say("users");
  match(bot.replies().join(), /scope users\.read is missing: .*the operator grants it/);
});

test("what a handler may ask for, it gets", async (t) => {
  const h = new Handler("asks").asks(
    "users.read",
    "rooms.read",
    "commands.read",
    "messages.write",
    "messages.write.direct",
  );
  h.command("who {who}", "Who.", async ({ msg, args }) => {
    const user = await msg.bot.user({ mentionName: args.who });
    const names: string[] = [];
    for await (const one of msg.bot.users()) names.push(one.name);
    const rooms: string[] = [];
    for await (const one of msg.bot.rooms()) rooms.push(one.name);
    const commands: string[] = [];
    for await (const one of msg.bot.commands(msg.user.id, msg.room.id)) {
      commands.push(one.pattern, ...one.arguments.map(({ name, type }) => `${name}:${type}`));
    }
    msg.reply([user.id, names.sort(), rooms, commands].join(" "));
    await msg.bot.send({ roomName: "ops" }, "told", { wait: true });
    msg.reply("direct", { direct: true });
  });
  const bot = await startBot(t, h, {
    scopes: { asks: ["users.read", "rooms.read", "commands.read", "messages.write", "messages.write.direct"] },
  });
  await bot.as("bob").in("ops").say("hello");
  await bot.in("ops").say("oco: who bob");
  bot.in("ops").wantReply("told", "user:1:bob alice,bob ops who {who},who:text");
  bot.wantReply("direct");
});

test("settings are typed, checked and refused with a reason", async (t) => {
  const log = newLog();
  const h = new Handler("set");
  const now = h.settings({
    url: { type: "text", help: "Where." },
    tries: { type: "integer", default: "3" },
    pause: { type: "duration", optional: true },
    hosts: { type: "text", list: true, optional: true },
    env: { type: "text", choices: ["prod", "staging"], default: "prod" },
  });
  h.command("show", "Show.", ({ msg }) => {
    const { url, tries, pause, hosts, env } = now();
    const choice: "prod" | "staging" = env;
    msg.reply(`${url} ${tries + 1n} ${pause} ${hosts} ${choice}`);
  });
  const bot = await startBot(t, h, { log, settings: { set: { url: "http://x", hosts: ["a", "b"] } } });
  await bot.say("show");
  bot.wantReply("http://x 4 undefined a,b prod");
});

test("settings that a handler does not take end it with its reason", async (t) => {
  const h = new Handler("picky");
  h.settings({ url: { type: "text" } }, ({ url }) => {
    if (!url.startsWith("https:")) throw new Error("url must be https");
  });
  await rejects(
    startBot(t, h, { settings: { picky: { url: "http://x" } } }),
    /does not take its settings: url must be https/,
  );
});
