import { test } from "node:test";
import { startBot } from "@openchatops/oco/testing";
import { ops } from "./arguments.js";

test("deploy", async (t) => {
  const bot = await startBot(t, ops);
  for (const [said, reply] of [
    ["deploy web", "Deploying web to staging, 1 times."],
    ["deploy web to PROD", "Deploying web to prod, 1 times."],
    ["deploy “web shop” —count=3", "Deploying web shop to staging, 3 times."],
    ["deploy -f web because it's friday", "Deploying web to staging, 1 times, whatever it takes, because it's friday."],
  ] as const) {
    await bot.say(said);
    bot.wantReply(reply);
  }
  await bot.say("deploy web to moon");
  bot.wantAnswer("moon");
});

test("people, rooms and times", async (t) => {
  const bot = await startBot(t, ops);
  await bot.as("bob").in("ops").say("good morning");
  await bot.say("remind @bob 2030-01-02T09:00Z renew the certificate");
  bot.wantReply("I will remind bob at 2030-01-02T09:00:00.000Z: renew the certificate");
  await bot.say("invite @bob me to #ops");
  bot.wantReply("I will invite bob and alice to ops.");
});

test("a secret is not repeated", async (t) => {
  const bot = await startBot(t, ops);
  await bot.say("watch https://example.com every 90s --token=hunter2");
  bot.wantReply("I will look at https://example.com every 90 s, with the token that I will not repeat.");
});
