// The real bot, as a process of its own, for one test.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A plugin key, and where it is good. */
export interface Key {
  readonly endpoint: string;
  readonly key: string;
}

/** A bot that runs, and where. */
export class BotProcess {
  private child: ChildProcess | undefined;
  private readonly keys = new Map<string, Promise<Key>>();
  private readonly output: string[] = [];

  private constructor(private readonly directory: string) {}

  /** The program `oco`: what OCO_BIN names, seen from where the tests run, else what is found on the path. */
  static readonly program = named(process.env.OCO_BIN);

  /** Starts a bot with this configuration. */
  static async start(configuration: (port: number) => object): Promise<BotProcess> {
    const bot = new BotProcess(await mkdtemp(join(tmpdir(), "oco-test-")));
    // JSON is YAML.
    await writeFile(join(bot.directory, "oco.yaml"), JSON.stringify(configuration(await freePort())));
    await bot.launch();
    return bot;
  }

  /** Starts the program, with the data of the one before. */
  async launch(): Promise<void> {
    const args = ["run", "-c", "oco.yaml"];
    const child = spawn(BotProcess.program, args, { cwd: this.directory, stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    // Nothing is left of it if the test's process ends before.
    const orphan = () => void child.kill("SIGKILL");
    process.once("exit", orphan);
    child.once("exit", () => process.off("exit", orphan));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => this.output.push(text));
    }
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => {
        reject(
          new Error(`cannot start the bot: ${error.message}; set OCO_BIN to the program oco, or put it on the path`),
        );
      });
    });
  }

  /** Ends the program, and leaves its data. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** What the bot has said in its log. */
  get log(): string {
    return this.output.join("");
  }

  /** The key of a plugin, made once, as an operator does. */
  key(name: string, role: "handler" | "adapter" | "operator"): Promise<Key> {
    const made = this.keys.get(name) ?? this.makeKey(name, role);
    this.keys.set(name, made);
    return made;
  }

  private async makeKey(name: string, role: string): Promise<Key> {
    const args = ["key", "new", "-c", "oco.yaml", "--json", "--role", role, name];
    for (;;) {
      try {
        const { stdout } = await run(BotProcess.program, args, { cwd: this.directory });
        return JSON.parse(stdout) as Key;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const starting = this.child?.exitCode === null && why.includes("no bot runs");
        if (!starting) throw new Error(`the bot makes no key: ${why}\n${this.log}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A path from here is none where the bot runs. */
function named(program = ""): string {
  return /[\\/]/.test(program) ? resolve(program) : program || "oco";
}

/**
 * A port of this machine that nobody uses, now and while a bot is killed and started again:
 * below those from which systems give one to every connection.
 */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("of a hundred ports that were tried none is free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
