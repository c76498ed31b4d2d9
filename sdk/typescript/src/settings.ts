// What an operator may set for a handler: declared in code, typed in callbacks.

import { create } from "@bufbuild/protobuf";
import { errorText, misuse } from "./errors.js";
import { type Argument, ArgumentSchema } from "./gen/openchatops/v1/message_pb.js";
import { ArgumentCheck, type ArgumentSpec, ArgumentSpecSchema, ArgumentType } from "./gen/openchatops/v1/route_pb.js";
import { jsonOf } from "./json.js";
import type { Problem } from "./registration.js";
import { plainValue } from "./values.js";

interface AnySetting {
  readonly help?: string;
  /** It reaches no log of the bot's. It has no default. */
  readonly secret?: boolean;
  /** It may be left out. */
  readonly optional?: boolean;
}

/** A setting that is one value, or a list of such. */
export interface PlainSetting extends AnySetting {
  readonly type: "text" | "integer" | "number" | "flag" | "duration";
  /** The texts that it may be. */
  readonly choices?: readonly string[];
  /** As the operator would write it. */
  readonly default?: string;
  readonly list?: boolean;
}

/** A setting that is anything which a configuration can hold: maps, lists, and values in them. [OCO-SET-9] */
export interface JSONSetting extends AnySetting {
  readonly type: "json";
  /** As JSON has it. */
  readonly default?: unknown;
  /**
   * Reads what the operator wrote, and throws what is wrong with it; the parse of a schema
   * of zod and its like fits. Of an error with `issues`, or of a {@link SettingProblem}, the
   * operator reads the place. It is called before the settings count, and does not wait.
   */
  readonly parse?: (value: unknown) => unknown;
}

/** One setting. Without a default, and unless it is optional, the operator must give it. */
export type Setting = PlainSetting | JSONSetting;

/** Settings by their names: small letters, digits and underscores. */
export type SettingSpecs = Readonly<Record<string, Setting>>;

type Value<S extends Setting> = S extends { readonly type: "json" }
  ? S extends { readonly parse: (value: never) => infer T }
    ? T
    : unknown
  : S["type"] extends "text"
    ? S extends { readonly choices: readonly (infer C)[] }
      ? C
      : string
    : S["type"] extends "integer"
      ? bigint
      : S["type"] extends "flag"
        ? boolean
        : number;

type Many<S extends Setting> = S extends { readonly list: true } ? Value<S>[] : Value<S>;

/** What is set now. A duration is a number of milliseconds. */
export type Settings<T extends SettingSpecs> = {
  readonly [K in keyof T]: T[K] extends { readonly optional: true } ? Many<T[K]> | undefined : Many<T[K]>;
};

/**
 * What a check of settings throws to say where the mistake is, so that the operator is
 * shown the line. Several are thrown as an AggregateError.
 */
export class SettingProblem extends Error {
  override name = "SettingProblem";
  constructor(
    /** For example "hosts[1]" or "commands[2].timeout". */
    readonly path: string,
    text: string,
  ) {
    super(text);
  }
}

const types = {
  text: ArgumentType.TEXT,
  integer: ArgumentType.INTEGER,
  number: ArgumentType.NUMBER,
  flag: ArgumentType.FLAG,
  duration: ArgumentType.DURATION,
  json: ArgumentType.TEXT,
};

/** What the bot is told of settings; it throws what cannot be declared. */
export function settingSpecs(settings: SettingSpecs): ArgumentSpec[] {
  return Object.entries(settings).map(([name, setting]) => {
    const text = defaultOf(name, setting);
    const json = setting.type === "json";
    return create(ArgumentSpecSchema, {
      name,
      type: !json && setting.choices ? ArgumentType.CHOICE : types[setting.type],
      choices: [...((!json && setting.choices) || [])],
      check: json ? ArgumentCheck.JSON : ArgumentCheck.UNSPECIFIED,
      ...(text === undefined ? {} : { defaultText: text }),
      help: setting.help ?? "",
      sensitive: setting.secret ?? false,
      optional: setting.optional ?? false,
      list: (!json && setting.list) || false,
    });
  });
}

/** The default of a setting, as the bot is told of it; it throws what is wrong with the setting. */
function defaultOf(name: string, setting: Setting): string | undefined {
  const wrong = (why: string) => misuse(`the setting ${name}: ${why}`);
  if (typeof setting !== "object" || setting === null) throw wrong('it is an object such as { type: "text" }');
  const { type, default: base } = setting;
  if (!Object.hasOwn(types, type)) throw wrong(`"${type}" is no type; there are ${Object.keys(types).join(", ")}`);
  if (setting.type === "json") {
    if (setting.parse !== undefined && typeof setting.parse !== "function") throw wrong("parse is no function");
    return base === undefined ? undefined : jsonOf(base, (why) => wrong(`its default has no JSON: ${why}`));
  }
  const { choices } = setting;
  if (choices !== undefined && !Array.isArray(choices)) throw wrong("choices: must be a list of texts");
  if (base !== undefined && typeof base !== "string")
    throw wrong(`its default is a text, as the operator would write it, and ${String(base)} is none`);
  return base;
}

/** Reads what the bot gave. What the author's parsers do not take is among the problems. */
export function readSettings(
  specs: SettingSpecs,
  given: readonly Argument[],
): { readonly now: Record<string, unknown>; readonly problems: readonly Problem[] } {
  const now: Record<string, unknown> = Object.fromEntries(Object.keys(specs).map((name) => [name, undefined]));
  const problems: Problem[] = [];
  for (const argument of given) {
    const { name } = argument;
    const value = plainValue(create(ArgumentSchema, argument));
    const spec = specs[name];
    if (spec?.type !== "json") {
      now[name] = value;
      continue;
    }
    try {
      const read: unknown = JSON.parse(String(value));
      now[name] = spec.parse ? spec.parse(read) : read;
      atOnce(now[name], `parse of the setting ${name} must not be async, because the settings count when it returns`);
    } catch (error) {
      problems.push(...problemsOf(error, name));
    }
  }
  return { now, problems };
}

/** Refuses what would come later: of a function of the author's that must not wait. */
export function atOnce(returned: unknown, why: string): void {
  if (typeof returned !== "object" || returned === null || !("then" in returned)) return;
  void Promise.resolve(returned).catch(() => {}); // it is refused already
  throw misuse(why);
}

/** What an error says of settings, or of one of them. */
export function problemsOf(error: unknown, setting = ""): Problem[] {
  if (error instanceof SettingProblem) return [{ path: error.path, text: errorText(error) }];
  if (error instanceof AggregateError) return error.errors.flatMap((one) => problemsOf(one, setting));
  const issues = issuesOf(error);
  if (!issues) return [{ path: setting, text: errorText(error) }];
  return issues.map(({ path, message }) => ({ path: pathOf(setting, path), text: message || "it is not valid" }));
}

/** Whether an error says what is wrong with settings, and not with the program. */
export function meansSettings(error: unknown): boolean {
  return error instanceof SettingProblem || error instanceof AggregateError || issuesOf(error) !== undefined;
}

interface Issue {
  readonly path: readonly unknown[];
  readonly message: string;
}

/** The issues of an error of zod and its like. */
function issuesOf(error: unknown): Issue[] | undefined {
  const issues: unknown = typeof error === "object" && error !== null && "issues" in error ? error.issues : undefined;
  if (!Array.isArray(issues) || issues.length === 0) return undefined;
  return issues.map((issue: { readonly path?: unknown; readonly message?: unknown } | undefined) => ({
    path: Array.isArray(issue?.path) ? issue.path : [],
    message: errorText(issue?.message ?? ""),
  }));
}

/** A path in words of the wire; its parts are keys, or objects that have one. */
function pathOf(setting: string, parts: readonly unknown[]): string {
  let path = setting;
  for (const part of parts) {
    const key = typeof part === "object" && part !== null && "key" in part ? part.key : part;
    if (typeof key === "number") path += `[${key}]`;
    else path += path === "" ? String(key) : `.${String(key)}`;
  }
  return path;
}
