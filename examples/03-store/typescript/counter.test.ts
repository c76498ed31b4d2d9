import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { startBot } from "@openchatops/oco/testing";
import { counter } from "./counter.js";

test("the counter survives the bot and the handler", async (t) => {
  const bot = await startBot(t, counter, { scopes: { counter: ["store"] } });
  await bot.say("count");
  await bot.restart();
  await bot.say("count");
  await bot.disconnect(counter);
  await bot.connect(counter);
  bot.wantReply("Counted.", "Counted.");
  await bot.say("total");
  bot.wantReply("2 so far.");
});

test("no more are reserved than there are", async (t) => {
  const bot = await startBot(t, counter, { scopes: { counter: ["store"] } });
  await bot.say("reserve 7");
  bot.wantReply("They are yours; 3 are left.");
  deepStrictEqual(await bot.say("reserve 4"), ["failed"]);
  bot.wantNotice("There are 3 left.");
});
