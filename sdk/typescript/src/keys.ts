// The plugin key of this process.

import * as fs from "node:fs";
import { UsageError } from "./errors.js";

/** What a process was given to reach its bot. */
export interface Given {
  readonly endpoint: string | undefined;
  readonly key: string | undefined;
  readonly insecure: boolean;
  /** The bot started this process, so it knows whose key it is. */
  readonly inherited: boolean;
}

/**
 * Takes the endpoint and the key out of the environment, so that a process that this
 * one starts does not have them: the key from the descriptor that OCO_KEY_FD names (a
 * line "PLUGIN KEY"), else from OCO_KEY.
 */
export function takeGiven(name: string, env: NodeJS.ProcessEnv = process.env): Given {
  const fd = env["OCO_KEY_FD"];
  const bare = env["OCO_KEY"];
  delete env["OCO_KEY_FD"];
  delete env["OCO_KEY"];
  return {
    endpoint: env["OCO_ENDPOINT"] || undefined,
    key: fd ? readKey(fd, name) : bare?.trim() || undefined,
    insecure: env["OCO_INSECURE"] === "1",
    inherited: Boolean(fd),
  };
}

function readKey(text: string, name: string): string | undefined {
  const fd = Number(text);
  if (!Number.isInteger(fd) || fd < 3) {
    throw new UsageError(`OCO_KEY_FD="${text}": must be the number of an inherited descriptor, at least 3`);
  }
  let lines: string;
  try {
    lines = fs.readFileSync(fd, "utf8");
    fs.closeSync(fd);
  } catch (error) {
    throw new UsageError(`read the key from OCO_KEY_FD=${fd}: ${error instanceof Error ? error.message : error}`);
  }
  const keys = new Map<string, string>();
  for (const line of lines.split("\n")) {
    const words = line.trim().split(/\s+/);
    if (words[0] === "") continue;
    if (words.length !== 2) throw new UsageError('OCO_KEY_FD: a line is not "PLUGIN KEY"');
    keys.set(words[0] ?? "", words[1] ?? "");
  }
  // The operator may call the one plugin of a process as they like: the name belongs to
  // the key.
  return keys.size === 1 ? [...keys.values()][0] : keys.get(name);
}

/** The name in a key as the bot makes them, "" for others. */
export function holder(key: string): string {
  const parts = key.split("_");
  return parts.length >= 4 && parts[0] === "oco" ? (parts[1] ?? "") : "";
}
