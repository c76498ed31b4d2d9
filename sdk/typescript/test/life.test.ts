// Against the real bot: how a handler comes, goes and comes back.

import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { Handler } from "../src/index.js";
import { startBot } from "../src/testing/index.js";

function newCounter(runs: Map<string, number>): Handler {
  const h = new Handler("worker");
  h.maxInFlight = 4;
  h.command(
    "work {id}",
    "Work.",
    async ({ msg, args }) => {
      runs.set(args.id, (runs.get(args.id) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      msg.reply(`done ${args.id}`);
    },
    { order: "none" },
  );
  return h;
}

test("a handler that stops finishes what runs and takes nothing new", async (t) => {
  const h = new Handler("slow");
  let go: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    h.command("work", "Work.", async ({ msg }) => {
      resolve();
      await new Promise<void>((finish) => {
        go = finish;
      });
      msg.reply("finished");
    });
  });
  const bot = await startBot(t, h);
  const working = bot.say("work");
  await begun;
  const stopped = bot.disconnect(h);
  go();
  await stopped;
  deepStrictEqual(await working, ["done"]);
  bot.wantReply("finished");
});

test("a handler outlives its bot", async (t) => {
  const runs = new Map<string, number>();
  const h = newCounter(runs);
  const bot = await startBot(t, h);
  deepStrictEqual(await bot.say("work 1"), ["done"]);
  await bot.restart();
  deepStrictEqual(await bot.say("work 2"), ["done"]);
  await bot.restart("SIGTERM");
  deepStrictEqual(await bot.say("work 3"), ["done"]);
  bot.wantReply("done 1", "done 2", "done 3");
  deepStrictEqual([...runs.values()], [1, 1, 1]);
});
