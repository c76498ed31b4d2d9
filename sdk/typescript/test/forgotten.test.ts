// Promises that failed and that nobody awaited: what becomes of the process, and who is told.

import { equal, match, ok } from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startBot } from "../src/testing/index.js";
import { type Started, start } from "./started.js";

const program = fileURLToPath(new URL("forgetful.js", import.meta.url));

/** The program, and what makes a callback of it forget a promise. */
async function startForgetful(t: TestContext, ...args: string[]): Promise<Started & { forget(): Promise<void> }> {
  const bot = await startBot(t, []);
  const { endpoint, key } = await bot.key("forgetful");
  const child = start(t, process.execPath, args, { env: { OCO_ENDPOINT: endpoint, OCO_KEY: key } });
  return {
    ...child,
    forget: async () => {
      while ((await bot.say("forget")).length === 0); // until it is registered
    },
  };
}

const logged =
  /"msg":"command\(\\"forget\\"\) at .*forgetful\.ts:13 began a promise that failed at .*: begun inside; await/;

test("a promise that a callback began is named, and any other ends the process as it does by default", async (t) => {
  const child = await startForgetful(t, program);
  await child.forget();
  await child.wrote("begun inside");
  child.kill("SIGUSR2");
  const { code, err } = await child.ended;
  equal(code, 1);
  match(err, logged);
  match(
    err,
    /"msg":"the program began a promise that failed at .*forgetful\.ts:10, and nobody awaited it, which ends this process: begun outside; await it/,
  );
  match(err, /^Error: begun outside\n {4}at /m);
});

test("a program's own listener gets them all", async (t) => {
  const child = await startForgetful(t, program, "unhandledRejection");
  await child.forget();
  await child.wrote("its own: begun inside");
  child.kill("SIGUSR2");
  await child.wrote("its own: begun outside");
  child.kill("SIGTERM");
  const { code, err } = await child.ended;
  equal(code, 0, err);
  ok(!err.includes("began"), err);
});

for (const [what, args, outside] of [
  ["the program catches everything", [program, "uncaughtException"], "unhandledRejection: begun outside"],
  ["node is started to warn", ["--unhandled-rejections=warn", program], "UnhandledPromiseRejectionWarning"],
] as const) {
  test(`one that no callback began ends nothing where ${what}, and those of callbacks are named behind it`, async (t) => {
    const child = await startForgetful(t, ...args);
    await child.forget();
    child.kill("SIGUSR2");
    await child.wrote(outside);
    await child.forget();
    child.kill("SIGTERM");
    const { code, err } = await child.ended;
    equal(code, 0, err);
    equal(err.split("\n").filter((line) => logged.test(line)).length, 2, err);
    ok(!err.includes("ends this process"), err);
  });
}
