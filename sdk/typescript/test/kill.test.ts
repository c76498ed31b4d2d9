// Against the real bot: a handler that is killed again and again. What it held ends
// after half a minute, as of any program that is not the bot's own.

import { equal, ok } from "node:assert/strict";
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

test("kills and restarts under load run nothing twice and leave nothing silent", async (t) => {
  const runs = new Map<string, number>();
  const h = newCounter(runs);
  const bot = await startBot(t, h);
  const asked: Promise<string[]>[] = [];
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 25; i++) asked.push(bot.as(`user${i}`).say(`work ${round}.${i}`));
    await new Promise((resolve) => setTimeout(resolve, 10));
    // Half of them in order, half as by kill -9: what those held ends when its lease does.
    if (round % 2 === 0) await bot.disconnect(h);
    else await bot.kill(h);
    await bot.connect(h);
  }
  const each = await Promise.all(asked);
  const outcomes = each.flat();
  equal(outcomes.length, 100, "each command has an outcome");
  for (const [id, times] of runs) equal(times, 1, `${id} ran ${times} times`);
  const notices = Array.from({ length: 25 }, (_, i) => bot.as(`user${i}`).notices());
  const replies = Array.from({ length: 25 }, (_, i) => bot.as(`user${i}`).replies()).flat();
  const unknown = outcomes.filter((outcome) => outcome !== "done").length;
  equal(replies.length, 100 - unknown);
  // Notices of one person within two seconds are one message, so it is only known who was told.
  each.forEach(([outcome], k) => {
    ok(
      outcome === "done" || notices[k % 25]?.length,
      `command ${k} of user${k % 25} ended ${outcome}, and nobody was told`,
    );
  });
});
