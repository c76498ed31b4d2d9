// What this process was given: its plugin key, and settings to look at.

import * as fs from "node:fs";
import { fromJsonString } from "@bufbuild/protobuf";
import { errorText, UsageError } from "./errors.js";
import { RegisterResponseSchema } from "./gen/openchatops/v1/bot_pb.js";
import type { Argument } from "./gen/openchatops/v1/message_pb.js";

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

/** Reads a descriptor that the process was given to its end. */
function readInherited(variable: string, text: string): string {
  const fd = Number(text);
  if (!Number.isInteger(fd) || fd < 3) {
    throw new UsageError(`${variable}="${text}": must be the number of an inherited descriptor, at least 3`);
  }
  try {
    const read = fs.readFileSync(fd, "utf8");
    fs.closeSync(fd);
    return read;
  } catch (error) {
    throw new UsageError(`${variable}=${fd} cannot be read: ${errorText(error)}`);
  }
}

/** The settings behind OCO_SETTINGS_FD, with which --manifest is asked what comes of them. */
export function assumedSettings(env: NodeJS.ProcessEnv = process.env): Argument[] | undefined {
  const fd = env["OCO_SETTINGS_FD"];
  if (!fd) return undefined;
  const text = readInherited("OCO_SETTINGS_FD", fd);
  try {
    return fromJsonString(RegisterResponseSchema, text, { ignoreUnknownFields: true }).settings;
  } catch {
    // What is wrong with it would hold values.
    throw new UsageError("what OCO_SETTINGS_FD holds is no RegisterResponse as JSON");
  }
}

function readKey(text: string, name: string): string | undefined {
  const lines = readInherited("OCO_KEY_FD", text);
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

/** Refuses what is no key at all. */
export function checkKey(key: unknown): void {
  if (typeof key !== "string" || key === "") throw new UsageError("no key is given: `oco key new NAME` prints one");
}
