// The README, followed to the letter by somebody who has the package and the program.

import { deepStrictEqual, ok } from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BotProcess } from "../src/testing/process.js";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

interface Block {
  readonly what: string;
  readonly text: string;
}

function blocks(markdown: string): Block[] {
  return [...markdown.matchAll(/<!-- (.*?) -->\n```\w+\n(.*?)```/gs)].map(([, what = "", text = ""]) => ({
    what,
    text,
  }));
}

test("the README leads to an answer, and what it shows compiles", (t) => {
  const readme = blocks(readFileSync(join(packageRoot, "README.md"), "utf8"));
  const directory = mkdtempSync(join(tmpdir(), "oco-readme-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  // In place of npm install, which would take the package of a registry.
  const link = (to: string, ...path: string[]) => {
    const place = join(directory, "node_modules", ...path);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(to, place);
  };
  const modules = join(packageRoot, "node_modules");
  link(packageRoot, "@openchatops", "oco");
  link(join(modules, "@types", "node"), "@types", "node");
  link(join(modules, ".bin", "tsc"), ".bin", "tsc");
  const env = { ...process.env, HOME: directory, npm_config_update_notifier: "false" };
  const shell = (line: string) => execFileSync("sh", ["-e", "-c", line], { cwd: directory, env, encoding: "utf8" });
  const compiled: string[] = [];
  for (const { what, text } of readme) {
    const [kind, name = ""] = what.split(": ");
    switch (kind) {
      case "run":
        shell(text.replaceAll(/^npm install.*$/gm, ":"));
        break;
      case "file":
        writeFileSync(join(directory, name), text);
        break;
      case "compile": {
        const file = `block${compiled.length}.ts`;
        writeFileSync(join(directory, file), text);
        compiled.push(file);
        break;
      }
      case "try": {
        const [program, ...args] = text.trim().split(" ");
        ok(program === "oco");
        const { stdout, stderr, status } = spawnSync(BotProcess.program, args, {
          cwd: directory,
          env,
          input: "echo hello\n",
          encoding: "utf8",
        });
        deepStrictEqual([stdout, status], ["hello\n", 0], stderr);
        break;
      }
    }
  }
  const options = "--module nodenext --target es2022 --lib es2023,dom --types node --strict --noEmit";
  shell(`npx tsc ${options} ${compiled.join(" ")}`);
  deepStrictEqual(
    readme.map(({ what }) => what),
    ["run", "file: echo.ts", "run", "try", "compile", "compile", "compile", "compile", "compile"],
  );
});
