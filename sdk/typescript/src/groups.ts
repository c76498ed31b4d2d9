// The named groups of an expression, read from it by the compiler: which names there
// are, which may take no part, and what type each is declared to be.

import { create } from "@bufbuild/protobuf";
import { misuse } from "./errors.js";
import { type ArgumentSpec, ArgumentSpecSchema, ArgumentType } from "./gen/openchatops/v1/route_pb.js";

/** What a named group holds: a list is that of the texts that it may be. */
export type GroupType = "text" | "integer" | "number" | "duration" | readonly string[];

/** Types for named groups of an expression. A group without one is a text. */
export type GroupTypes<E extends string> = string extends E
  ? Readonly<Record<string, GroupType>>
  : { readonly [N in Names<Groups<E>>]?: GroupType };

/** Refuses names that are no groups. */
export type OnlyGroups<E extends string, G> = string extends E | keyof G
  ? unknown
  : { readonly [N in Exclude<keyof G & string, Names<Groups<E>>>]: NoSuchGroup<N> };

/** What a name is refused with. */
interface NoSuchGroup<N> {
  readonly "the expression has no group": N;
}

/**
 * The named groups of an expression that took part: an integer is a bigint, a duration a
 * number of milliseconds. One that can take no part, in alternatives or behind a ?, may be
 * absent. Of an expression that the compiler does not know as a text, any name may be asked for.
 */
export type GroupArgs<E extends string, G = unknown> = string extends E
  ? // biome-ignore lint/suspicious/noExplicitAny: nobody knows these names and types
    { readonly [name: string]: any }
  : Arguments<Groups<E>, G>;

type Arguments<F, G> = F extends Frame<infer _Name, infer Sure, infer Maybe, infer _Split>
  ? { readonly [N in keyof ({ [S in Sure]: 1 } & { [M in Maybe]?: 1 })]: ValueOf<N, G> }
  : never;

type ValueOf<N, G> = N extends keyof G
  ? G[N] extends readonly (infer C)[]
    ? C
    : G[N] extends "integer"
      ? bigint
      : G[N] extends "number" | "duration"
        ? number
        : string
  : string;

/** A group that is open: its name, the names in it that surely take part, those that may, and whether it has alternatives. */
interface Frame<Name, Sure extends string, Maybe extends string, Split extends boolean> {
  readonly name: Name;
  readonly sure: Sure;
  readonly maybe: Maybe;
  readonly split: Split;
}

type Names<F> = F extends Frame<infer _Name, infer Sure, infer Maybe, infer _Split> ? Sure | Maybe : never;

type Groups<E extends string> = Scan<WithoutClasses<WithoutEscapes<E>>, [Frame<never, never, never, false>]>;

type WithoutEscapes<E extends string, Done extends string = ""> = E extends `${infer Before}\\${infer _C}${infer After}`
  ? WithoutEscapes<After, `${Done}${Before}x`>
  : `${Done}${E}`;

type WithoutClasses<E extends string, Done extends string = ""> = E extends `${infer Before}[${string}]${infer After}`
  ? WithoutClasses<After, `${Done}${Before}x`>
  : `${Done}${E}`;

// The innermost group that is open is the first of the stack.
type Scan<E extends string, Stack extends unknown[]> = E extends `${infer Before}(${infer Inside}`
  ? Open<Inside, Close<Before, Stack>>
  : Done<Close<E, Stack>>;

type Open<E extends string, Stack extends unknown[]> = E extends `?P<${infer Name}>${infer Rest}`
  ? Scan<Rest, [Frame<Name, never, never, false>, ...Stack]>
  : E extends `?<${infer Name}>${infer Rest}`
    ? Scan<Rest, [Frame<Name, never, never, false>, ...Stack]>
    : Scan<E, [Frame<never, never, never, false>, ...Stack]>;

type Close<E extends string, Stack extends unknown[]> = E extends `${infer Before})${infer After}`
  ? Close<After, Closed<Split<Before, Stack>, After>>
  : Split<E, Stack>;

type Split<E extends string, Stack extends unknown[]> = E extends `${string}|${string}`
  ? Stack extends [Frame<infer Name, infer Sure, infer Maybe, infer _Split>, ...infer Outer]
    ? [Frame<Name, Sure, Maybe, true>, ...Outer]
    : Stack
  : Stack;

type Closed<Stack extends unknown[], After extends string> = Stack extends [
  Frame<infer Name, infer Sure, infer Maybe, infer Split>,
  Frame<infer Outer, infer OuterSure, infer OuterMaybe, infer OuterSplit>,
  ...infer Rest,
]
  ? After extends `${"?" | "*" | "{0"}${string}`
    ? [Frame<Outer, OuterSure, OuterMaybe | Named<Name> | Sure | Maybe, OuterSplit>, ...Rest]
    : Split extends true
      ? [Frame<Outer, OuterSure | Named<Name>, OuterMaybe | Sure | Maybe, OuterSplit>, ...Rest]
      : [Frame<Outer, OuterSure | Named<Name> | Sure, OuterMaybe | Maybe, OuterSplit>, ...Rest]
  : Stack;

type Named<Name> = Name extends string ? Name : never;

type Done<Stack extends unknown[]> = Stack extends [Frame<infer Name, infer Sure, infer Maybe, infer Split>]
  ? Split extends true
    ? Frame<Name, never, Sure | Maybe, true>
    : Stack[0]
  : Frame<never, never, never, false>;

/** The names of the groups of an expression. */
export function groupNames(expression: string): string[] {
  const bare = expression.replaceAll(/\\./gs, "x").replaceAll(/\[[^\]]*\]/g, "x");
  return [...bare.matchAll(/\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/g)].map(([, name = ""]) => name);
}

const types = {
  text: ArgumentType.TEXT,
  integer: ArgumentType.INTEGER,
  number: ArgumentType.NUMBER,
  duration: ArgumentType.DURATION,
};

/** What is declared of the groups of an expression; it throws what is wrong. */
export function groupSpecs(expression: string, declared: Readonly<Record<string, GroupType>>): ArgumentSpec[] {
  const names = groupNames(expression);
  return Object.entries(declared).map(([name, type]) => {
    if (!names.includes(name)) {
      const there = names.length === 0 ? "it has no named groups" : `its groups are ${names.join(", ")}`;
      throw misuse(`groups: the expression has no group "${name}"; ${there}`);
    }
    if (Array.isArray(type) && type.every((choice) => typeof choice === "string")) {
      return create(ArgumentSpecSchema, { name, type: ArgumentType.CHOICE, choices: [...type] });
    }
    if (typeof type !== "string" || !Object.hasOwn(types, type)) {
      throw misuse(
        `groups: "${String(type)}" is no type of a group; there are ${Object.keys(types).join(", ")}, and a list of texts`,
      );
    }
    return create(ArgumentSpecSchema, { name, type: types[type] });
  });
}
