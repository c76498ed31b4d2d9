// What the compiler reads from patterns and expressions, held to the vectors that fix them
// for every language: each match of a vector is written down as a value of its type.

import { deepStrictEqual, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { flagNames } from "../src/args.js";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

function vectors<T>(name: string): T[] {
  const file = new URL(`../../../../spec/vectors/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly cases: T[] }).cases;
}

interface Argument {
  readonly name: string;
  readonly type: string;
  readonly value: string | readonly string[];
}

interface PatternCase {
  readonly pattern: string;
  readonly verdict: string;
  readonly args?: readonly Argument[];
  readonly specs?: readonly { readonly type?: string }[];
}

interface ExpressionCase {
  readonly pattern: string;
  readonly verdict: string;
  readonly groups?: readonly { readonly name?: string; readonly matched: boolean }[];
}

/** A value of the type that an argument has here. */
function written({ type, value }: Argument): string {
  if (typeof value !== "string") return `[${value.map((one) => written({ name: "", type, value: one })).join()}]`;
  const values: Record<string, string> = {
    integer: "1n",
    number: "1",
    flag: "true",
    duration: "1",
    time: "new Date(0)",
    user: "user",
    room: "room",
    file: "file",
  };
  return values[type] ?? JSON.stringify(value);
}

/** A text that this is assigned to a type, as the compiler checks it: all that must be there, and nothing else. */
function assigned(i: number, type: string, values: ReadonlyMap<string, string>): string {
  const fields = [...values].map(([name, value]) => `${name}: ${value}`);
  return `export const value${i}: ${type} = { ${fields.join(", ")} };\n`;
}

function compile(lines: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "oco-vectors-"));
  try {
    mkdirSync(join(directory, "node_modules", "@openchatops"), { recursive: true });
    symlinkSync(packageRoot, join(directory, "node_modules", "@openchatops", "oco"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    const head =
      'import type { Args, Attachment, GroupArgs, Room, User } from "@openchatops/oco";\n' +
      "declare const user: User;\ndeclare const room: Room;\ndeclare const file: Attachment;\n";
    writeFileSync(join(directory, "vectors.ts"), head + lines.join(""));
    const options = "--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2022 --skipLibCheck";
    const tsc = join(packageRoot, "node_modules", ".bin", "tsc");
    const { stdout } = spawnSync(tsc, [...options.split(" "), "--pretty", "false", "vectors.ts"], {
      cwd: directory,
      encoding: "utf8",
    });
    return stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

// OCO-RTE-8, OCO-GRM-2
test("what the vectors match fits the types that the compiler reads", () => {
  // What an ArgumentSpec makes of a placeholder stands in no pattern.
  const patterns = vectors<PatternCase>("command-patterns").filter(
    ({ verdict, specs = [] }) => verdict === "yes" && !specs.some(({ type }) => type !== undefined),
  );
  const lines = patterns.map(({ pattern, args = [] }, i) => {
    const values = new Map(flagNames(pattern).map((flag) => [flag, "false"]));
    for (const argument of args) values.set(argument.name, written(argument));
    return assigned(i, `Args<${JSON.stringify(pattern)}>`, values);
  });
  const heard = vectors<ExpressionCase>("ocore").filter(({ verdict }) => verdict === "yes");
  for (const { pattern, groups = [] } of heard) {
    const values = new Map(groups.flatMap(({ name, matched }) => (name && matched ? [[name, '"text"']] : [])));
    lines.push(assigned(lines.length, `GroupArgs<${JSON.stringify(pattern)}>`, values));
  }
  ok(patterns.length > 100 && heard.length > 100);
  deepStrictEqual(compile(lines), "");
});

test("what a vector does not match does not fit", () => {
  const lines = [
    assigned(0, 'Args<"deploy {app} [to {env}]">', new Map([["env", '"prod"']])),
    assigned(
      1,
      'Args<"deploy {app}">',
      new Map([
        ["app", '"web"'],
        ["envv", '"prod"'],
      ]),
    ),
    assigned(2, 'Args<"set {env:prod|test}">', new Map([["env", '"other"']])),
    assigned(3, 'GroupArgs<"(?P<id>a)">', new Map()),
  ];
  const found = compile(lines).match(/^vectors\.ts\(\d+/gm);
  deepStrictEqual(found, ["vectors.ts(5", "vectors.ts(6", "vectors.ts(7", "vectors.ts(8"]);
});
