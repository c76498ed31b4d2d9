// What an author reads who has no compiler: each mistake says what it is, and names a line of
// theirs, in the text or as the first of the stack.

import { equal, fail, match } from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as oco from "../src/index.js";

// As a program in JavaScript sees it.
// biome-ignore lint/suspicious/noExplicitAny: nothing is typed here
const { Handler, dial } = oco as any;
const call = () => {};
const here = fileURLToPath(import.meta.url);

function h() {
  return new Handler("h");
}

const command = (options: unknown) => () => h().command("a {x}", "", call, options);
const hear = (groups: unknown) => () => h().hear("(?P<id>x)", call, { groups });
const settings = (all: unknown) => () => h().settings(all);

const mistakes: [() => unknown, RegExp][] = [
  [() => new Handler(), /^new Handler\("undefined"\) at HERE: a name is 1 to 40 characters/],
  [() => Handler.from("H", {}, call), /^new Handler\("H"\) at HERE: a name is/],
  [() => Handler.from("h", {}), /^Handler.from\("h"\): build is no function$/],
  [() => h().asks(["users.read"]), /^asks: scopes are texts such as "users.read", each an argument$/],
  [() => h().command(5, "", call), /^command\("5"\) at HERE: the pattern is empty$/],
  [() => h().command("a", call), /^command\("a"\) at HERE: the second argument is a sentence of help/],
  [command(null), /^command\("a \{x\}"\) at HERE: its options are no object$/],
  [command("x"), /^command\("a \{x\}"\) at HERE: its options are no object$/],
  [command({ maxrun: 5 }), / at HERE: there is no option "maxrun"; there are name, allow, .*maxRun, .*onEdit$/],
  [command({ priority: 5 }), / at HERE: there is no option "priority"; /],
  [command({ name: 5 }), / at HERE: its name is empty, or no text$/],
  [command({ allow: "ops" }), / at HERE: allow: must be a list of texts$/],
  [command({ examples: "a b" }), / at HERE: examples: must be a list of texts$/],
  [command({ aliases: 5 }), / at HERE: aliases: must be a list of texts$/],
  [command({ deprecated: [5] }), / at HERE: deprecated: must be a list of texts$/],
  [command({ arguments: { x: null } }), / at HERE: the argument x: its options are no object$/],
  [
    command({ arguments: { x: { hepl: "" } } }),
    / at HERE: the argument x: there is no option "hepl"; there are help, /,
  ],
  [
    command({ arguments: { x: { choices: "a" } } }),
    / at HERE: the choices of the argument x: must be a list of texts$/,
  ],
  [command({ maxRun: "5s" }), / at HERE: maxRun: 5s is no number of milliseconds$/],
  [command({ maxAttempts: -1 }), / at HERE: maxAttempts -1: must be a whole number from 0 to 2147483647$/],
  [command({ maxAttempts: 2 ** 31 }), / at HERE: maxAttempts 2147483648: must be a whole number from 0 to 2147483647$/],
  [() => h().hear(/a/, call), /^hear\("\/a\/"\) at HERE: the expression is no text$/],
  [() => h().hear("a", call, null), /^hear\("a"\) at HERE: its options are no object$/],
  [() => h().hear("a", call, { aliases: [] }), /^hear\("a"\) at HERE: there is no option "aliases"; /],
  [
    () => h().hear("a", call, { priority: -(2 ** 31) }),
    / at HERE: priority -2147483648: must be a whole number from -21/,
  ],
  [hear({ idd: "integer" }), / at HERE: groups: the expression has no group "idd"; its groups are id$/],
  [hear({ id: "int" }), / at HERE: groups: "int" is no type of a group; there are text, /],
  [hear({ id: null }), / at HERE: groups: "null" is no type of a group; there are text, /],
  [hear({ id: [5] }), / at HERE: groups: "5" is no type of a group; there are text, /],
  [() => h().on(["a", "b"], call), /^on\("a,b"\) at HERE: the type is that of one event, as a text$/],
  [() => h().on("", call), /^on\(""\) at HERE: the type is that of one event, as a text$/],
  [() => h().on("a", call, { onEdit: true }), /^on\("a"\) at HERE: there is no option "onEdit"; /],
  [settings(undefined), /^settings: they are an object, each by its name$/],
  [() => h().settings({}, "x"), /^settings: check is no function$/],
  [settings({ url: "text" }), /^the setting url: it is an object such as \{ type: "text" \}$/],
  [settings({ url: null }), /^the setting url: it is an object such as/],
  [settings({ url: { type: "string" } }), /^the setting url: "string" is no type; there are text, /],
  [settings({ n: { type: "integer", default: 5 } }), /^the setting n: its default is a text, .* and 5 is none$/],
  [settings({ n: { type: "text", choices: "ab" } }), /^the setting n: choices: must be a list of texts$/],
  [settings({ n: { type: "json", default: 5n } }), /^the setting n: its default has no JSON: .*BigInt/],
  [settings({ n: { type: "json", default: call } }), /^the setting n: its default has no JSON: it is nothing that/],
  [settings({ n: { type: "json", parse: "x" } }), /^the setting n: parse is no function$/],
  [() => dial(), /^no key is given: `oco key new NAME` prints one$/],
  [() => dial(5, "k"), /^no endpoint is given: where the bot listens, as a text$/],
  [() => dial("127.0.0.1:1", ""), /^no key is given/],
];

mistakes.forEach(([mistake, says], i) => {
  test(`mistake ${i + 1} of who has no compiler: ${says.source}`, () => {
    try {
      mistake();
    } catch (error) {
      const { message, stack = "" } = error as Error;
      match(message.replace(/\/[^ ]*untyped\.test\.ts:\d+/, "HERE"), says);
      const [, first = ""] = /^\s+at .*?\(?(?:file:\/\/)?(\/[^:]*):\d+/m.exec(stack) ?? [];
      equal(first.replace(/\.ts$/, ".js").replace("/test/", "/dist/test/"), here);
      return;
    }
    fail("it was taken");
  });
});

test("who connects with nothing is told what is missing", async () => {
  for (const [options, says] of [
    [undefined, /^UsageError: no key is given/],
    [{ endpoint: "127.0.0.1:1" }, /^UsageError: no key is given/],
    [{ key: "k" }, /^UsageError: no endpoint is given/],
  ] as const) {
    const error = await h()
      .connect(options)
      .catch((error: unknown) => error);
    match(String(error), says);
  }
});

test("options that are said all are taken", () => {
  const route = { name: "n", allow: ["a"], danger: true, repeatable: true, order: "none", notice: "none" } as const;
  const times = { maxRun: 1, staleAfter: 1, maxAttempts: 1 };
  const more = { aliases: ["b {x}"], deprecated: ["c {x}"], examples: ["a 1"], onEdit: true };
  const arguments_ = { arguments: { x: { help: "h", secret: false, choices: ["1"] } } };
  new oco.Handler("h").command("a {x}", "", call, { ...route, ...times, ...more, ...arguments_ });
  const heard = { help: "h", groups: { id: ["a"] }, priority: -1, addressedOnly: true, exclusive: true } as const;
  new oco.Handler("h").hear("(?P<id>a)", call, { ...route, ...times, ...heard, includeBots: true, onEdit: true });
  new oco.Handler("h").on("a", call, { ...route, ...times });
});
