// What an operator may set for a handler: declared in code, typed in callbacks.

import { create } from "@bufbuild/protobuf";
import { type Argument, ArgumentSchema } from "./gen/openchatops/v1/message_pb.js";
import { type ArgumentSpec, ArgumentSpecSchema, ArgumentType } from "./gen/openchatops/v1/route_pb.js";
import { plainValue } from "./values.js";

/** One setting. Without a default, and unless it is optional, the operator must give it. */
export interface Setting {
  readonly type: "text" | "integer" | "number" | "flag" | "duration";
  readonly help?: string;
  /** The texts that it may be. */
  readonly choices?: readonly string[];
  /** As the operator would write it. */
  readonly default?: string;
  /** It reaches no log of the bot's. */
  readonly secret?: boolean;
  readonly optional?: boolean;
  readonly list?: boolean;
}

type Value<S extends Setting> = S["type"] extends "text"
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
export type Settings<T extends Readonly<Record<string, Setting>>> = {
  readonly [K in keyof T]: T[K] extends { readonly optional: true } ? Many<T[K]> | undefined : Many<T[K]>;
};

const types = {
  text: ArgumentType.TEXT,
  integer: ArgumentType.INTEGER,
  number: ArgumentType.NUMBER,
  flag: ArgumentType.FLAG,
  duration: ArgumentType.DURATION,
};

export function settingSpecs(settings: Readonly<Record<string, Setting>>): ArgumentSpec[] {
  return Object.entries(settings).map(([name, setting]) =>
    create(ArgumentSpecSchema, {
      name,
      type: setting.choices ? ArgumentType.CHOICE : types[setting.type],
      choices: [...(setting.choices ?? [])],
      ...(setting.default === undefined ? {} : { defaultText: setting.default }),
      help: setting.help ?? "",
      sensitive: setting.secret ?? false,
      optional: setting.optional ?? false,
      list: setting.list ?? false,
    }),
  );
}

export function settingValues(given: readonly Argument[]): Record<string, unknown> {
  return Object.fromEntries(given.map((argument) => [argument.name, plainValue(create(ArgumentSchema, argument))]));
}
