// Settings with structure, and handlers that depend on them.

import { deepStrictEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { create, toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ManifestSchema } from "../src/gen/openchatops/v1/bot_pb.js";
import { ArgumentSchema } from "../src/gen/openchatops/v1/message_pb.js";
import { Handler, SettingProblem, type Settings } from "../src/index.js";
import type { Offering } from "../src/offering.js";
import { problemsOf } from "../src/settings.js";
import { startBot } from "../src/testing/index.js";
import { ready, refusal, startFakeBot } from "./fakebot.js";
import { newLog } from "./testlog.js";

interface Job {
  readonly word: string;
  readonly says: string;
}

/** What a schema library does: it reads, and throws an error with issues. */
function jobs(value: unknown): readonly Job[] {
  const issues: object[] = [];
  const list = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) issues.push({ path: [], message: "expected a list" });
  list.forEach((job: Partial<Job>, i) => {
    if (!job.word) issues.push({ path: [i, "word"], message: "it is missing" });
  });
  if (issues.length > 0) throw Object.assign(new Error("invalid"), { issues });
  return list as Job[];
}

const specs = {
  jobs: { type: "json", parse: jobs, help: "What it does." },
  mark: { type: "text", default: "" },
} as const;

function newRunner(): Handler {
  const h = Handler.from("runner", specs, (now, h) => {
    now.jobs.forEach(({ word, says }, i) => {
      if (word === "no") throw new SettingProblem(`jobs[${i}].word`, "it cannot be no");
      h.command(word, "Do it.", ({ msg }) => void msg.reply(says + now.mark));
    });
  });
  return h.command("always", "Is there.", ({ msg }) => void msg.reply("always"));
}

test("the types of settings come from their declaration", () => {
  type Now = Settings<typeof specs>;
  const now: Now = { jobs: [{ word: "a", says: "b" }], mark: "" };
  now.jobs[0]?.word satisfies string | undefined;
  // @ts-expect-error: the parser says what it is
  now.jobs satisfies string;
  const bare: Settings<{ readonly any: { readonly type: "json" } }> = { any: 1 };
  bare.any satisfies unknown;
  const h = new Handler("h");
  throws(
    // @ts-expect-error: no such type
    () => h.settings({ x: { type: "jsn" } }),
    /the setting x: "jsn" is no type; there are text, integer, number, flag, duration, json/,
  );
  h.settings({ a: { type: "json", default: { x: [1] } }, b: { type: "json", optional: true, secret: true } });
  deepStrictEqual((toJson(ManifestSchema, h.manifest()) as { settings: unknown }).settings, [
    { name: "a", type: "ARGUMENT_TYPE_TEXT", check: "ARGUMENT_CHECK_JSON", defaultText: '{"x":[1]}' },
    { name: "b", type: "ARGUMENT_TYPE_TEXT", check: "ARGUMENT_CHECK_JSON", optional: true, sensitive: true },
  ]);
});

test("problems have the path of what is wrong", () => {
  const said = (error: unknown, setting?: string) =>
    problemsOf(error, setting).map(({ path, text }) => `${path}: ${text}`);
  const issues = [
    { path: ["hosts", 1, { key: "port" }], message: "is no port" },
    { path: [], message: "" },
    { message: "no path" },
  ];
  deepStrictEqual(said({ issues }, "net"), ["net.hosts[1].port: is no port", "net: it is not valid", "net: no path"]);
  deepStrictEqual(said({ issues: [issues[0]] }), ["hosts[1].port: is no port"]);
  const two = new AggregateError([new SettingProblem("a[0]", "one"), new Error("two")]);
  deepStrictEqual(said(two, "x"), ["a[0]: one", "x: two"]);
  deepStrictEqual(said("text"), [": text"]);
});

// OCO-SET-9
test("a setting may be anything, and what its parser does not take is told with its place", async (t) => {
  const h = new Handler("jobber");
  const now = h.settings(specs);
  h.command(
    "show",
    "Show.",
    ({ msg }) =>
      void msg.reply(
        now()
          .jobs.map(({ word }) => word)
          .join(),
      ),
  );
  const bot = await startBot(t, h, { settings: { jobber: { jobs: [{ word: "a" }, { word: "b" }] } } });
  await bot.say("show");
  bot.wantReply("a,b");
  const wrong = new Handler("jobber");
  wrong.settings(specs);
  await rejects(
    startBot(t, wrong, { settings: { jobber: { jobs: [{ word: "a" }, { says: "b" }] } } }),
    /^GivenUpError: the settings of the plugin jobber are refused: oco\.yaml:1:\d+: `jobs\[1\]\.word`: it is missing$/,
  );
});

// OCO-SET-4
test("routes follow the settings", async (t) => {
  const bot = await startBot(t, newRunner(), {
    settings: { runner: { jobs: [{ word: "dig", says: "dug" }], mark: "!" } },
  });
  deepStrictEqual([await bot.say("dig"), await bot.say("always")], [["done"], ["done"]]);
  bot.wantReply("dug!", "always");
});

test("what is built from settings may refuse them", async (t) => {
  const start = (jobs: object[]) => startBot(t, newRunner(), { settings: { runner: { jobs } } });
  await rejects(start([{ word: "no" }]), /`jobs\[0\]\.word`: it cannot be no/);
  await rejects(
    start([{ word: "same" }, { word: "same" }]),
    /the plugin does not take its settings: command\("same"\) at .*settings\.test\.ts:\d+: there is a route with this pattern already, command\("same"\) at /,
  );
  const late = Handler.from("late", {}, (async () => {}) as () => void);
  await rejects(startBot(t, late), /build must not be async/);
  throws(() => Handler.from("x", {}, (_, h) => void h.settings({})).settings({}), /declared its settings already/);
  const outer: Handler = Handler.from("outer", {}, () => void outer.command("lost", "", () => {}));
  await rejects(
    startBot(t, outer),
    /command\("lost"\) at .*settings\.test\.ts:\d+: build declares on the handler that it is given, and this is another/,
  );
  outer.command("found", "", () => {}); // outside of build it may
});

test("what looks at settings may not come to it later", () => {
  const settle = (h: Handler, json: string) => {
    const settings = [create(ArgumentSchema, { name: "json", value: { case: "text", value: json } })];
    const { offering } = h as unknown as { readonly offering: Offering };
    return offering.settle(settings, newLog()).problems.map(({ path, text }) => `${path}: ${text}`);
  };
  const refuse = async () => {
    throw new Error("nobody waits for it");
  };
  const parsed = new Handler("parsed");
  parsed.settings({ json: { type: "json", parse: refuse } });
  deepStrictEqual(settle(parsed, "1"), [
    "json: parse of the setting json must not be async, because the settings count when it returns",
  ]);
  const checked = new Handler("checked");
  const now = checked.settings({ json: { type: "json" } }, refuse as () => void);
  deepStrictEqual(settle(checked, "1"), [
    ": settings: check must not be async, because the settings count when it returns",
  ]);
  deepStrictEqual(now(), {});
});

// OCO-SET-4, OCO-SET-8
test("new settings make new routes, those that are refused leave the old ones, and a change between two questions counts", async (t) => {
  const text = (words: string) => JSON.stringify(words.split(" ").map((word) => ({ word, says: "" })));
  const argument = (words: string) => ({
    settings: [{ name: "jobs", value: { case: "text" as const, value: text(words) } }],
  });
  const asked: string[] = [];
  const waiting = new Map<number, () => void>();
  /** Resolves when the bot was asked so often. */
  const askedTimes = (n: number) => new Promise<void>((resolve) => waiting.set(n, resolve));
  const [second, last] = [askedTimes(5), askedTimes(7)];
  const answers = ["dig", "dig", "sow", "reap", "reap", "no"];
  const endpoint = await startFakeBot(t, {
    bot: {
      register({ manifest, settingsOnly, settingsProblems }) {
        const routes = (manifest?.routes ?? []).map(({ match }) =>
          String(match.case === "command" && match.value.pattern),
        );
        const problems = settingsProblems.map(({ path, text }) => `${path}: ${text}`);
        asked.push(problems.join() || (settingsOnly ? "?" : routes.join(" ")));
        waiting.get(asked.length)?.();
        if (problems.length > 0) throw refusal(Code.FailedPrecondition, "SETTINGS_INVALID");
        return { ...argument(answers.shift() ?? ""), routes: routes.map((route) => ({ route })) };
      },
    },
    delivery: {
      async *subscribe(_, { signal }) {
        const news = { kind: { case: "settingsChanged" as const, value: {} } };
        yield { frames: [ready, news] };
        await second;
        yield { frames: [news] };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
      heartbeat: () => ({}),
    },
  });
  const log = newLog();
  const refused = new Promise<void>((resolve) => {
    log.error = (text) => text.startsWith("the new settings are refused") && resolve();
  });
  const h = newRunner();
  const connection = await h.connect({ endpoint, key: "k", log });
  await Promise.all([last, refused]);
  await connection.kill();
  // The second answer of the first change had newer settings than its first.
  deepStrictEqual(asked, ["?", "always dig", "?", "always sow", "always reap", "?", "jobs[0].word: it cannot be no"]);
  const [, built] = h.manifest().routes;
  equal(built?.match.case === "command" && built.match.value.pattern, "reap");
});
