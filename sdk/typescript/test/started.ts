// A program that a test starts and reads.

import { spawn } from "node:child_process";
import type { TestContext } from "node:test";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
  /** Resolves when it has written something that holds this. */
  wrote(part: string): Promise<void>;
}

/** Starts a program, which is killed at the end of the test. */
export function start(
  t: TestContext,
  command: string,
  args: string[],
  options: { input?: string; env?: object; cwd?: string } = {},
): Started {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH ?? "", ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  t.after(() => void child.kill("SIGKILL"));
  let [out, err] = ["", ""];
  const news = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const look of news) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    for (const look of news) look();
  });
  child.stdin.end(options.input ?? "");
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, out, err })));
  return {
    kill: (signal) => void child.kill(signal),
    ended,
    wrote: (part) =>
      new Promise((resolve) => {
        const look = () => (out + err).includes(part) && resolve();
        news.add(look);
        look();
      }),
  };
}
