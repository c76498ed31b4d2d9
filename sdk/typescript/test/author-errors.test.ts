// What an author reads when something is wrong: what it is, where in their code, what to
// do. Each from a program of its own, with the package as it is installed.

import { deepStrictEqual, equal, match } from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Bot, startBot } from "../src/testing/index.js";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "oco-author-"));

/** A program whose callbacks go wrong, line by line. */
const callbacks = `
import { Handler, type Message, Tell } from "@openchatops/oco";
const h = new Handler("author");
h.command("sync", "", () => { throw new Error("boom"); });
h.command("later", "", async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  throw new TypeError("boom");
});
h.command("object", "", () => { throw { code: 7 }; });
h.command("nothing", "", () => { throw undefined; });
h.command("cause", "", () => { throw new Error("cannot deploy", { cause: new Error("disk full") }); });
h.command("tell", "", () => { throw new Tell("For you.", new Error("for the log")); });
h.command("flaky", "", ({ msg }) => { if (msg.attempt === 1) throw new Error("busy"); }, { repeatable: true });
h.command("scope", "", async ({ msg }) => { await msg.bot.store.put("k", 1); });
h.command("page", "", async ({ msg }) => { for await (const user of msg.bot.users()) msg.reply(user.name); });
h.command("json", "", async ({ msg }) => { await msg.bot.store.put("k", 1n); });
h.command("empty", "", ({ msg }) => void msg.reply(""));
h.command("number", "", ({ msg }) => void msg.reply(7 as unknown as string));
h.command("direct", "", ({ msg }) => void msg.reply("psst", { direct: true }));
h.command("wrongly", "", ({ msg }) => { (msg as unknown as { say(): void }).say(); });
h.command("forget", "", () => { void Promise.reject(new Error("boom")); });
h.command("helper", "", () => { void helper(); });
async function helper() { await null; throw new Error("boom"); }
h.command("waste", "", ({ msg }) => { void msg.bot.store.put("k", 1); });
h.command("late", "", ({ msg }) => void setTimeout(() => msg.reply("late"), 5));
h.command("hang", "", () => new Promise(() => {}), { maxRun: 200 });
h.command("block", "", () => { for (const end = Date.now() + 1200; Date.now() < end; ); });
h.command("fine", "", () => {});
h.command("timer", "", () => void setTimeout(() => { throw new Error("boom"); }, 5));
await h.run();
`.trimStart();

const at = "author.ts";
/** What the log says first of each command. */
const said: Record<string, RegExp> = {
  sync: line(`command("sync") at ${at}:3 failed at ${at}:3: boom`),
  later: line(`command("later") at ${at}:4 failed at ${at}:6: boom`),
  object: line(`command("object") at ${at}:8 failed: { code: 7 }`),
  nothing: line(`command("nothing") at ${at}:9 failed: undefined`),
  cause: line(`command("cause") at ${at}:10 failed at ${at}:10: cannot deploy: disk full`),
  tell: line(`command("tell") at ${at}:11 failed at ${at}:11: for the log`),
  flaky: line(`command("flaky") at ${at}:12 is run again, because it failed at ${at}:12: busy`),
  scope: line(`command("scope") at ${at}:13 failed at ${at}:13: the scope store is missing: ${granted("store")}`),
  page: line(
    `command("page") at ${at}:14 failed at ${at}:14: the scope users.read is missing: ${granted("users.read")}`,
  ),
  json: line(
    `command("json") at ${at}:15 failed at ${at}:15: the value for the key "k" has no JSON: Do not know how to serialize a BigInt`,
  ),
  empty: line(`command("empty") at ${at}:16 failed at ${at}:16: a message without text`),
  number: line(`command("number") at ${at}:17 failed at ${at}:17: a message is a text, and 7 is none`),
  direct: line(
    `command("direct") at ${at}:18: the bot does not take its end, and the delivery is failed: the delivery came from ` +
      "room:1:ops and grants no sending to user:1:alice: a reply with direct: true needs the scope messages.write.direct; " +
      granted("messages.write.direct"),
  ),
  wrongly: line(`command("wrongly") at ${at}:19 failed at ${at}:19: msg.say is not a function`),
  forget: forgotten(`command("forget") at ${at}:20 began a promise that failed at ${at}:20`, "boom"),
  helper: forgotten(`command("helper") at ${at}:21 began a promise that failed at ${at}:22`, "boom"),
  waste: forgotten(
    `command("waste") at ${at}:23 began a promise that failed`,
    `the scope store is missing: ${granted("store")}`,
  ),
  late: line(
    `the reply at ${at}:24 is not said: command("late") at ${at}:24 has returned, and its delivery is over: ` +
      "await all that it starts, or send with a client that outlives it",
  ),
  hang: line(
    `command("hang") at ${at}:25 has not returned within its maxRun, and its outcome is decided: pass its signal, ` +
      "which ends now, on to what it waits for, or give it a longer maxRun, or call msg.extend",
  ),
  block: line(
    `nothing else ran in this process for MS ms, during command("block") at ${at}:26: let it compute in a worker thread, ` +
      "use calls that do not block, or await something in between",
  ),
  timer: line(
    `command("timer") at ${at}:28 began something that threw at ${at}:28 outside of any callback, which ends this process: ` +
      "boom; catch errors in timers and listeners",
  ),
};

function granted(scope: string): string {
  return `a handler asks for it with asks("${scope}"), and the operator grants it in the bot's configuration, in \`scopes\` of that handler`;
}

function forgotten(what: string, why: string): RegExp {
  return line(
    `${what}, and nobody awaited it, so the delivery did not learn of it: ${why}; await what a callback starts, or catch its errors`,
  );
}

/** A line word for word, but for how long something took. */
function line(text: string): RegExp {
  const place = text.replaceAll(/(\w+\.ts:\d+)/g, `${directory}/$1`);
  return new RegExp(`^${place.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replace("MS ms", "\\d+ ms")}$`);
}

/** Programs that do not get as far as a callback. */
interface Start {
  readonly source?: string;
  /** Where the bot is, and with what key. */
  readonly env?: (bot: Bot) => Promise<Record<string, string>> | Record<string, string>;
  readonly args?: string[];
  /** The first line on standard error that is no line of node's, or of the log. */
  readonly says: string;
  /** What it exits with; undefined: it goes on and tries again. */
  readonly code?: number;
}

const hello = `
import { Handler } from "@openchatops/oco";
const h = new Handler("hello");
h.command("ping", "Pong.", ({ msg }) => void msg.reply("pong"));
await h.run();
`.trimStart();
const key = "oco_hello_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
let stranger: Server;
const port = () => (stranger.address() as AddressInfo).port;

const starts: Record<string, Start> = {
  hand: {
    says:
      "oco: this is the handler hello for OpenChatOps, which a bot runs: try it with `oco try -- COMMAND`, where COMMAND is " +
      "what you just ran, or set OCO_ENDPOINT and OCO_KEY (`oco key new NAME` prints both)",
    code: 2,
  },
  key: {
    env: async (bot) => ({ OCO_ENDPOINT: (await bot.key("hello")).endpoint, OCO_KEY: key }),
    says:
      "oco: the bot does not accept the key of the plugin hello (this is not a plugin key as the bot makes them, or a part " +
      "of it is missing or mistyped): make a new one with `oco key new hello`, or check that the endpoint is the right bot",
    code: 1,
  },
  other: {
    env: () => ({ OCO_ENDPOINT: "127.0.0.1:1", OCO_KEY: key.replace("hello", "other") }),
    says: 'oco: the key is that of the plugin "other", and this is the plugin "hello": make its own with `oco key new hello`',
    code: 2,
  },
  form: {
    env: () => ({ OCO_ENDPOINT: "http://127.0.0.1:1", OCO_KEY: key }),
    says: 'oco: endpoint "http://127.0.0.1:1": must be unix:///path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN',
    code: 2,
  },
  away: {
    env: () => ({ OCO_ENDPOINT: "127.0.0.1:1", OCO_KEY: key }),
    says:
      "cannot register with the bot; trying again: nobody listens at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1): " +
      "does the bot run, and is that where its configuration says listen.grpc?",
  },
  host: {
    env: () => ({
      OCO_ENDPOINT: "oco+tls://no-such-host.invalid:1",
      OCO_KEY: key,
      RES_OPTIONS: "timeout:1 attempts:1",
    }),
    says:
      "cannot register with the bot; trying again: the host in oco+tls://no-such-host.invalid:1 is not known " +
      "(getaddrinfo ENOTFOUND no-such-host.invalid): is it written right?",
  },
  plain: {
    env: async (bot) => ({ OCO_ENDPOINT: `oco+tls://${(await bot.key("hello")).endpoint}`, OCO_KEY: key }),
    says:
      "oco: this is not the bot that the endpoint names, oco+tls://127.0.0.1:PORT: what answers there does not speak TLS: " +
      "is it the port of listen.grpc, and is listen.tls not off?",
    code: 1,
  },
  page: {
    env: () => ({ OCO_ENDPOINT: `127.0.0.1:${port()}`, OCO_KEY: key }),
    says:
      "cannot register with the bot; trying again: what answers at 127.0.0.1:PORT is no bot (Protocol error): " +
      "is it the port of listen.grpc, and does the endpoint of `oco key new` begin with oco+tls?",
  },
  name: {
    source: `
import { Handler } from "@openchatops/oco";
new Handler("My Bot");
`,
    says: `TypeError: new Handler("My Bot") at ${directory}/name.ts:2: a name is 1 to 40 characters of a-z, 0-9 and -, beginning with a letter`,
    code: 1,
  },
  twice: {
    source: `
import { Handler } from "@openchatops/oco";
const h = new Handler("twice");
h.command("ping", "Pong.", () => {});
h.command("ping", "Pong.", () => {});
`,
    says:
      `TypeError: command("ping") at ${directory}/twice.ts:4: there is a route with this pattern already, ` +
      `command("ping") at ${directory}/twice.ts:3; leave one of them out`,
    code: 1,
  },
  named: {
    source: `
import { Handler } from "@openchatops/oco";
const h = new Handler("named");
h.command("ping", "Pong.", () => {}, { name: "p" });
h.command("pong", "Ping.", () => {}, { name: "p" });
`,
    says:
      `TypeError: command("pong") at ${directory}/named.ts:4: there is a route "p" already, ` +
      `command("ping") at ${directory}/named.ts:3; give one of them another name`,
    code: 1,
  },
  many: {
    source: `
import { Handler } from "@openchatops/oco";
const h = new Handler("many");
for (let i = 0; i <= 10_000; i++) h.command("word" + i, "", () => {});
`,
    says: `TypeError: command("word10000") at ${directory}/many.ts:3: the bot takes 10000 routes of one handler, and this is one more`,
    code: 1,
  },
  pattern: {
    source: `
import { Handler } from "@openchatops/oco";
const h = new Handler("pattern");
h.command("deploy {app} [to {env]", "", () => {});
await h.run();
`,
    env: async (bot) => {
      const { endpoint, key } = await bot.key("pattern");
      return { OCO_ENDPOINT: endpoint, OCO_KEY: key };
    },
    says:
      `command("deploy {app} [to {env]") at ${directory}/pattern.ts:3: the bot does not take this route: ` +
      `pattern "deploy {app} [to {env]", column 22: ']' cannot stand here: a placeholder is {name}, {name...} or {name*}, then :type, then =default`,
  },
  old: {
    args: [
      "--import",
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.20.1"}})',
    ],
    says: "[Error: @openchatops/oco needs Node 20.3 or newer, and this is Node 18.20.1: run the program with a newer one]",
    code: 1,
  },
};

/** Programs that the compiler refuses, and its first line of each. */
const refused: Record<string, [string, string]> = {
  misnamed: [
    'h.command("deploy {app} [to {env}]", "", ({ args }) => void args.envv);',
    "error TS2551: Property 'envv' does not exist on type '{ readonly app: string; readonly env?: string | undefined; }'. Did you mean 'env'?",
  ],
  absent: [
    'h.command("deploy [to {env}]", "", ({ args }) => void args.env.length);',
    "error TS18048: 'args.env' is possibly 'undefined'.",
  ],
  mistyped: [
    'h.command("add {n:integer}", "", ({ args }) => void (args.n + 1));',
    "error TS2365: Operator '+' cannot be applied to types 'bigint' and '1'.",
  ],
  group: [
    'h.hear("(?P<id>[0-9]+)", () => {}, { groups: { nr: "integer" } });',
    `error TS2322: Type '"integer"' is not assignable to type '"integer" & NoSuchGroup<"nr">'.`,
  ],
};

const options = ["--module", "nodenext", "--target", "es2022", "--types", "node", "--strict", "--skipLibCheck"];

before(() => {
  const link = (to: string, ...path: string[]) => {
    const place = join(directory, "node_modules", ...path);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(to, place);
  };
  link(packageRoot, "@openchatops", "oco");
  link(join(packageRoot, "node_modules", "@types", "node"), "@types", "node");
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write("package.json", '{ "type": "module" }');
  write("author.ts", callbacks);
  for (const [name, { source = hello }] of Object.entries(starts)) write(`${name}.ts`, source.trimStart());
  execFileSync(tsc(), [...options, "--sourceMap", "--outDir", "dist", ...programs(starts), "author.ts"], {
    cwd: directory,
    stdio: "inherit",
  });
  for (const [name, [text]] of Object.entries(refused)) {
    write(`${name}.ts`, `import { Handler } from "@openchatops/oco";\nconst h = new Handler("h");\n${text}\n`);
  }
  stranger = createServer().listen(0, "127.0.0.1");
});

after(() => {
  stranger.close();
  rmSync(directory, { recursive: true, force: true });
});

function programs(named: object): string[] {
  return Object.keys(named).map((name) => `${name}.ts`);
}

function tsc(): string {
  return join(packageRoot, "node_modules", ".bin", "tsc");
}

test("of a callback that goes wrong the log says which, where and what to do", async (t) => {
  const bot = await startBot(t, []);
  const { endpoint, key } = await bot.key("author");
  const child = spawn(process.execPath, ["dist/author.js"], {
    cwd: directory,
    env: { PATH: process.env.PATH, OCO_ENDPOINT: endpoint, OCO_KEY: key },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => void child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines: string[] = [];
  let news: () => void = () => {};
  createInterface(child.stderr).on("line", (text) => {
    if (!text.startsWith("{")) return;
    lines.push((JSON.parse(text) as { msg: string }).msg);
    news();
  });
  /** What is said first of a command. That nothing else ran is said of any on a machine that is busy. */
  const first = async (command: string) => {
    for (;;) {
      const found = lines.find(
        (text) =>
          text.includes(`command("${command}")`) && (command === "block" || !text.startsWith("nothing else ran")),
      );
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        news = resolve;
      });
    }
  };
  let outcomes: string[] = [];
  while (outcomes.length === 0) outcomes = await bot.in("ops").say("oco: fine");
  for (const [command, want] of Object.entries(said)) {
    // Not awaited: of some the outcome comes late, or when the process is gone.
    bot
      .in("ops")
      .say(`oco: ${command}`)
      .catch(() => {});
    match(await first(command), want);
  }
  equal(await ended, 1, "what throws in a timer ends the process");
});

test("of a program that cannot start it is said why and what to do", async (t) => {
  const bot = await startBot(t, []);
  const start = async (name: string, { env, args = [], says, code }: Start) => {
    const child = spawn(process.execPath, [...args, `dist/${name}.js`], {
      cwd: directory,
      env: { PATH: process.env.PATH, ...(await env?.(bot)) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    t.after(() => void child.kill("SIGKILL"));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const first = await new Promise<string>((resolve) => {
      let all = "";
      createInterface(child.stderr)
        .on("line", (text) => {
          all += `${text}\n`;
          const { msg, error } = (text.startsWith("{") ? JSON.parse(text) : {}) as { msg?: string; error?: string };
          if (msg && code === undefined) resolve(error ? `${msg}: ${error}` : msg);
          else if (/^(oco|\[?\w*Error): /.test(text)) resolve(text);
        })
        .on("close", () => resolve(all));
    });
    // What the system says of a host depends on whether anybody answers the question for it.
    const told = first.replace("EAI_AGAIN", "ENOTFOUND");
    equal(told.replaceAll(/(127\.0\.0\.1):\d{2,}/g, "$1:PORT"), says, name);
    if (code === undefined) child.kill("SIGKILL");
    else equal(await ended, code, name);
  };
  await Promise.all(Object.entries(starts).map(([name, how]) => start(name, how)));
});

test("what does not fit a pattern does not compile, and the line says why", () => {
  const { stdout } = spawnSync(tsc(), [...options, "--noEmit", "--pretty", "false", ...programs(refused)], {
    cwd: directory,
    encoding: "utf8",
  });
  const found = stdout.split("\n").filter((text) => /^\w/.test(text));
  deepStrictEqual(
    found.map((text) => text.replace(/\(3,\d+\)/, "(3)")).sort(),
    Object.entries(refused)
      .map(([name, [, says]]) => `${name}.ts(3): ${says}`)
      .sort(),
  );
});

test("a program of CommonJS may require the package", () => {
  writeFileSync(join(directory, "common.cjs"), 'console.log(typeof require("@openchatops/oco").Handler);');
  const { stdout, stderr } = spawnSync(process.execPath, ["common.cjs"], { cwd: directory, encoding: "utf8" });
  if (stdout === "") match(stderr, /common\.cjs.*dynamic import\(\)/s);
  else equal(stdout, "function\n");
});
