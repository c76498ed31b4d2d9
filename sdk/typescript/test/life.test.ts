// Against the real bot: how a handler comes, goes and comes back.

import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { Handler } from "../src/index.js";
import { startBot } from "../src/testing/index.js";

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
  t.mock.method(Math, "random", () => 0.1); // short waits between tries
  const runs: string[] = [];
  const h = new Handler("worker");
  h.command("work {id}", "Work.", ({ msg, args }) => {
    runs.push(args.id);
    msg.reply(`done ${args.id}`);
  });
  const bot = await startBot(t, h);
  deepStrictEqual(await bot.say("work 1"), ["done"]);
  await bot.restart();
  deepStrictEqual(await bot.say("work 2"), ["done"]);
  await bot.restart("SIGTERM");
  deepStrictEqual(await bot.say("work 3"), ["done"]);
  bot.wantReply("done 1", "done 2", "done 3");
  deepStrictEqual(runs, ["1", "2", "3"]);
});
