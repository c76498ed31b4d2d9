// Which groups the compiler reads from an expression, and what becomes of them.

import { deepStrictEqual, match, ok, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { groupNames } from "../src/groups.js";
import { type GroupArgs, Handler } from "../src/index.js";
import { startBot } from "../src/testing/index.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

test("the names of groups come from the expression, and whether they may be absent", () => {
  holds<Same<GroupArgs<"no groups">, Readonly<Record<never, never>>>>();
  holds<Same<GroupArgs<"(?i)ticket (?P<id>[A-Z]{2,}-\\d+)">, { readonly id: string }>>();
  holds<
    Same<
      GroupArgs<"(?<a>x)(?P<b>y)?(?<c>z)*(?<d>w)+">,
      { readonly a: string; readonly b?: string; readonly c?: string; readonly d: string }
    >
  >();
  // One of two alternatives may take no part.
  holds<Same<GroupArgs<"(?<x>a)|b">, { readonly x?: string }>>();
  holds<Same<GroupArgs<"(?<all>(?<x>a)|b)">, { readonly all: string; readonly x?: string }>>();
  holds<Same<GroupArgs<"(?:(?<x>a)|b) (?<y>c)">, { readonly x?: string; readonly y: string }>>();
  // What may be left out takes what is in it along.
  holds<
    Same<GroupArgs<"(?:a(?<x>b(?<y>c)))?(?<z>d)">, { readonly x?: string; readonly y?: string; readonly z: string }>
  >();
  holds<
    Same<
      GroupArgs<"(?<x>a){0,2}(?<y>b){1,2}(?<z>c){2}">,
      { readonly x?: string; readonly y: string; readonly z: string }
    >
  >();
  // Escaped, and in a class, a character means itself.
  holds<Same<GroupArgs<"\\(?<no>\\)(?<yes>a\\))">, { readonly yes: string }>>();
  holds<Same<GroupArgs<"[(](?<x>a)[|)]\\\\(?<y>b)">, { readonly x: string; readonly y: string }>>();
  holds<Same<GroupArgs<"[^\\]()|](?<x>[\\[(]a)[|]">, { readonly x: string }>>();
  holds<Same<GroupArgs<"\\p{L}(?<x>\\p{Greek}+)\\?">, { readonly x: string }>>();
  const dynamic: GroupArgs<string> = { anything: 1 };
  deepStrictEqual(dynamic.anything, 1);
});

test("the types of groups come from their declaration", () => {
  holds<
    Same<
      GroupArgs<
        "(?<id>\\d+) (?<n>x) (?<t>y) (?<e>z)(?<s>w)",
        { id: "integer"; n: "number"; t: "duration"; e: readonly ["prod", "test"] }
      >,
      { readonly id: bigint; readonly n: number; readonly t: number; readonly e: "prod" | "test"; readonly s: string }
    >
  >();
  const h = new Handler("h");
  h.hear("(?P<id>\\d+)(?P<x>a)?", ({ args }) => void (args satisfies { id: bigint; x?: string }), {
    groups: { id: "integer" },
  });
  h.hear("(?P<env>\\w+)", ({ args }) => void (args.env satisfies "prod" | "test"), {
    groups: { env: ["prod", "test"] },
  });
  throws(
    () =>
      h.hear("(?P<id>\\d+)(?P<other>x)", () => {}, {
        // @ts-expect-error: no such group
        groups: { id: "integer", idd: "integer" },
      }),
    /hear\("\(\?P<id>\\d\+\)\(\?P<other>x\)"\) at .*groups\.test\.ts:\d+: groups: the expression has no group "idd"; its groups are id, other$/,
  );
  // @ts-expect-error: no such group, and no other
  throws(() => h.hear("(?P<id>a)", () => {}, { groups: { idd: "integer" } }), /no group "idd"; its groups are id$/);
  throws(
    // @ts-expect-error: no such type
    () => h.hear("(?P<id>b)", () => {}, { groups: { id: "int" } }),
    /"int" is no type of a group; there are text,/,
  );
  // @ts-expect-error: no such group
  h.hear("(?P<id>c)", ({ args }) => void args.idd);
  throws(() => h.hear("d", () => {}, { groups: { id: "integer" } as never }), /it has no named groups/);
});

test("the names of groups are those of the vectors", () => {
  interface Case {
    readonly pattern: string;
    readonly verdict: string;
    readonly groups?: readonly { readonly name?: string }[];
  }
  const file = new URL("../../../../spec/vectors/ocore.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };
  const heard = cases.filter(({ verdict }) => verdict === "yes");
  for (const { pattern, groups = [] } of heard) {
    deepStrictEqual(
      groupNames(pattern),
      groups.flatMap(({ name }) => name ?? []),
      pattern,
    );
  }
  ok(heard.length > 100);
});
// OCO-RTE-43
test("groups arrive as what they are declared to be", async (t) => {
  const h = new Handler("ears");
  h.hear(
    "ticket (?P<id>\\w+)(?: in (?P<env>\\w+))?(?: for (?P<long>\\w+))?",
    ({ msg, args }) => {
      const { env = "prod", long = 0 } = args;
      msg.reply(`${args.id + 1n} ${env} ${long / 1000}`);
    },
    { groups: { id: "integer", env: ["prod", "test"], long: "duration" } },
  );
  const bot = await startBot(t, h);
  await bot.in("ops").say("ticket 9007199254740993 in test for 1m30s");
  await bot.in("ops").say("ticket 7");
  bot.in("ops").wantReply("9007199254740994 test 90", "8 prod 0");
  await bot.in("ops").say("ticket seven");
  await bot.in("ops").say("ticket 7 in space");
  bot.in("ops").wantNoReply();
  match(
    JSON.stringify(h.manifest().routes[0]?.match.value, (_, v) => (typeof v === "bigint" ? String(v) : v)),
    /"choices":\["prod","test"\]/,
  );
});
