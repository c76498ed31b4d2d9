// A handler as a program: what it does with its arguments, its environment and signals.

import { deepStrictEqual, equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startBot } from "../src/testing/index.js";
import { BotProcess } from "../src/testing/process.js";
import { start } from "./started.js";

const program = fileURLToPath(new URL("program.js", import.meta.url));

test("a program prints its manifest and ends", async (t) => {
  const { code, out, err } = await start(t, process.execPath, [program, "--manifest"]).ended;
  equal(code, 0, err);
  deepStrictEqual(
    (JSON.parse(out) as { routes: { command: { pattern: string } }[] }).routes.map(({ command }) => command.pattern),
    ["echo {text...}", "forget"],
  );
});

// OCO-LIF-57, OCO-LIF-59
test("a program prints the manifest that comes of its settings, or what is wrong with them", async (t) => {
  const built = fileURLToPath(new URL("built.js", import.meta.url));
  const directory = await mkdtemp(join(tmpdir(), "oco-settings-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const ask = async (given: string) => {
    const file = join(directory, "settings.json");
    await writeFile(file, given);
    // A shell opens the descriptor, as the bot does.
    const line = `exec "${process.execPath}" "${built}" --manifest 9<"${file}"`;
    return start(t, "sh", ["-c", line], { env: { OCO_SETTINGS_FD: "9" } }).ended;
  };
  const settings = (words: string[]) => JSON.stringify({ settings: [{ name: "words", text: JSON.stringify(words) }] });
  const printed = await ask(settings(["dig", "sow"]));
  equal(printed.code, 0, printed.err);
  const { routes } = JSON.parse(printed.out) as { routes: { command: { pattern: string } }[] };
  deepStrictEqual(
    routes.map(({ command }) => command.pattern),
    ["dig", "sow"],
  );
  deepStrictEqual(await ask(settings(["dig", "two words"])), { code: 2, out: "", err: "words[1]: must be one word\n" });
  const broken = await ask("{");
  deepStrictEqual([broken.code, broken.out], [2, ""]);
  match(broken.err, /^oco: what OCO_SETTINGS_FD holds is no RegisterResponse as JSON\n$/);
  const bare = await start(t, process.execPath, [built, "--manifest"]).ended;
  deepStrictEqual(Object.keys(JSON.parse(bare.out) as object), ["settings"]);
});

test("a program that a person starts by hand says what it is", async (t) => {
  const { code, out, err } = await start(t, process.execPath, [program]).ended;
  deepStrictEqual([code, out], [2, ""]);
  match(err, /^oco: this is the handler echo for OpenChatOps.*oco try -- COMMAND/);
});

test("what is wrong with how it is started is said", async (t) => {
  const key = "oco_echo_a_b";
  const cases: [object, number, RegExp][] = [
    [{ OCO_ENDPOINT: "nowhere", OCO_KEY: key }, 2, /endpoint "nowhere": must be unix:\/\/\/path, host:port/],
    [{ OCO_ENDPOINT: "bot.example.com:1", OCO_KEY: key }, 2, /unencrypted to another machine/],
    [
      { OCO_ENDPOINT: "127.0.0.1:1", OCO_KEY: "oco_other_a_b" },
      2,
      /the key is that of the plugin "other".*`oco key new echo`/,
    ],
    [{ OCO_ENDPOINT: "127.0.0.1:1", OCO_KEY_FD: "2" }, 2, /OCO_KEY_FD="2": must be the number/],
  ];
  for (const [env, want, text] of cases) {
    const { code, err } = await start(t, process.execPath, [program], { env }).ended;
    equal(code, want, err);
    match(err, text);
  }
});

test("a key that the bot does not know ends the program", async (t) => {
  const bot = await startBot(t, []);
  const { endpoint } = await bot.key("echo");
  const env = {
    OCO_ENDPOINT: endpoint,
    OCO_KEY: "oco_echo_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  };
  const { code, err } = await start(t, process.execPath, [program], { env }).ended;
  equal(code, 1, err);
  match(err, /does not accept the key of the plugin echo .*`oco key new echo`/);
});

test("a program that waits for its bot leaves when it is told", async (t) => {
  const env = { OCO_ENDPOINT: "127.0.0.1:1", OCO_KEY: "oco_echo_a_b" };
  const child = start(t, process.execPath, [program], { env });
  await child.wrote("cannot register with the bot; trying again");
  child.kill("SIGTERM");
  const { code, err } = await child.ended;
  equal(code, 0, err);
  match(err, /nobody listens at 127\.0\.0\.1:1 \(connect ECONNREFUSED 127\.0\.0\.1:1\): does the bot run/);
});

test("a program answers, logs what it forgot, and leaves when it is told", async (t) => {
  const bot = await startBot(t, []);
  const { endpoint, key } = await bot.key("echo");
  const child = start(t, process.execPath, [program], { env: { OCO_ENDPOINT: endpoint, OCO_KEY: key } });
  let outcomes: string[] = [];
  while (outcomes.length === 0) outcomes = await bot.say("echo hello");
  bot.wantReply("hello");
  await bot.say("forget");
  await child.wrote("nobody waits for me");
  child.kill("SIGTERM");
  const { code, err } = await child.ended;
  equal(code, 0, err);
  match(
    err,
    /"level":"ERROR","msg":"command\(\\"forget\\"\) at .*program\.ts:11 began a promise that failed at .*program\.ts:12, and nobody awaited it/,
  );
});

test("oco try runs it", async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), "oco-try-"));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const child = start(t, BotProcess.program, ["try", "--", process.execPath, program], {
    input: "echo hello\n",
    cwd,
    env: { HOME: cwd },
  });
  const { code, out, err } = await child.ended;
  deepStrictEqual([code, out], [0, "hello\n"], err);
});
