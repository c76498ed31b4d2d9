// The harness itself: what a test sees when something goes wrong.

import { equal, rejects, throws } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Handler } from "../src/index.js";
import { Bot, startBot } from "../src/testing/index.js";

test("a bot that cannot be had is left by all, and says why", async () => {
  const good = new Handler("good").command("ping", "Pong.", () => {});
  const picky = new Handler("picky");
  picky.settings({ url: { type: "text" } });
  // The runner would wait for a connection that is left over.
  await rejects(Bot.start([good, picky]), /does not register the plugin picky: .*url/);
});

test("a bot that ends fails who waits for an answer", async (t) => {
  for (const [end, why] of [
    [(bot: Bot) => bot.crash(), /the bot has ended/],
    [(bot: Bot) => bot.stop(), /the bot was stopped/],
  ] as const) {
    let begun: () => void = () => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const h = new Handler("slow").command("work", "Work.", async ({ signal }) => {
      begun();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    });
    const bot = await startBot(t, h);
    const failed = rejects(bot.say("work"), why);
    await running;
    await bot.kill(h);
    await end(bot);
    await failed;
  }
});

test("the bot is what OCO_BIN names from where the tests run", () => {
  const harness = new URL("../src/testing/process.js", import.meta.url);
  const program = `import("${harness}").then(({ BotProcess }) => console.log(BotProcess.program))`;
  for (const [named, found] of [
    ["bin/oco", "/bin/oco"],
    ["/opt/oco", "/opt/oco"],
    ["oco-next", "oco-next"],
  ]) {
    const env = { ...process.env, OCO_BIN: named };
    equal(execFileSync(process.execPath, ["-e", program], { cwd: "/", env, encoding: "utf8" }), `${found}\n`);
  }
});

test("an expectation that fails says what was said instead", async (t) => {
  const h = new Handler("echo").command("echo {text...}", "Repeat.", ({ msg, args }) => void msg.reply(args.text));
  const bot = await startBot(t, h);
  await bot.say("echo one");
  await bot.say("ehco");
  throws(
    () => bot.wantReply("two"),
    /the handler replied \["one"\], want \["two"\][\s\S]*not looked at:[\s\S]*bot in dm-alice: There is no command "ehco"/,
  );
  throws(() => bot.wantNotice("x"), /the notices are \[\], want one with "x"/);
});
