// Against the real bot: a handler that is killed again and again. What it held ends
// after half a minute, as of any program that is not the bot's own.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Handler } from "../src/index.js";
import { startBot } from "../src/testing/index.js";

const slots = 4;

test("kills and restarts under load run nothing twice and leave nothing silent", async (t) => {
  const runs = new Map<string, number>();
  let full: () => void = () => {};
  let gate = Promise.resolve();
  let waiting = 0;
  const h = new Handler("worker");
  h.maxInFlight = slots;
  h.command(
    "work {id}",
    "Work.",
    async ({ msg, args }) => {
      runs.set(args.id, (runs.get(args.id) ?? 0) + 1);
      if (++waiting === slots) full();
      await gate;
      msg.reply(`done ${args.id}`);
    },
    { order: "none" },
  );
  const bot = await startBot(t, h);
  const asked: Promise<string[]>[] = [];
  for (let round = 0; round < 4; round++) {
    let open: () => void = () => {};
    gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    waiting = 0;
    const busy = new Promise<void>((resolve) => {
      full = resolve;
    });
    for (let i = 0; i < 25; i++) asked.push(bot.as(`user${i}`).say(`work ${round}.${i}`));
    await busy;
    // Half of them in order, half as by kill -9: what those held ends when its lease does.
    const gone = round % 2 === 0 ? bot.disconnect(h) : bot.kill(h);
    open();
    await gone;
    await bot.connect(h);
  }
  const each = await Promise.all(asked);
  const outcomes = each.flat();
  equal(outcomes.length, 100, "each command has an outcome");
  for (const [id, times] of runs) equal(times, 1, `${id} ran ${times} times`);
  const notices = Array.from({ length: 25 }, (_, i) => bot.as(`user${i}`).notices());
  const replies = Array.from({ length: 25 }, (_, i) => bot.as(`user${i}`).replies()).flat();
  const unknown = outcomes.filter((outcome) => outcome !== "done").length;
  ok(unknown >= 2 * slots, `${unknown} of those that were held at a kill ended so`);
  equal(replies.length, 100 - unknown);
  // Notices of one person within two seconds are one message, so it is only known who was told.
  each.forEach(([outcome], k) => {
    ok(
      outcome === "done" || notices[k % 25]?.length,
      `command ${k} of user${k % 25} ended ${outcome}, and nobody was told`,
    );
  });
});
