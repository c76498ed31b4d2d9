import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { Handler } from "../src/index.js";
import { startBot } from "../src/testing/index.js";

function newEcho(): Handler {
  const echo = new Handler("echo");
  echo.command("echo {text...}", "Repeat some text.", async ({ msg, args }) => {
    msg.reply(args.text);
  });
  return echo;
}

test("echo", async (t) => {
  const bot = await startBot(t, newEcho());
  deepStrictEqual(await bot.say("echo hello there"), ["done"]);
  bot.wantReply("hello there");
  await bot.as("bob").in("ops").say("oco: echo hi");
  bot.in("ops").wantReply("hi");
  await bot.in("ops").say("echo nobody is addressed");
  bot.in("ops").wantNoReply();
});
