import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { startBot } from "@openchatops/oco/testing";
import { hello } from "./hello.js";

test("hello", async (t) => {
  const bot = await startBot(t, hello);
  deepStrictEqual(await bot.say("hello Ada"), ["done"]);
  bot.wantReply("Hello, Ada. One moment.", "Now I have time for you.");
  await bot.say("hello");
  bot.wantReply("Hello, alice. One moment.", "Now I have time for you.");
});

test("deploy", async (t) => {
  const bot = await startBot(t, hello);
  deepStrictEqual(await bot.say("deploy web to prod"), ["done"]);
  bot.wantReply("Deploying web.", "web is deployed.");
  deepStrictEqual(await bot.say("deploy web to moon"), ["failed"]);
  bot.wantNotice("There is no rocket today.");
});
