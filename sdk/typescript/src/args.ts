// The arguments of a command, read from its pattern by the compiler: which names
// there are, which may be absent, and what type each has.

import type { Attachment, Room, User } from "./values.js";

/** What an argument of a command is. A choice is one of its texts. */
export type ArgumentValue = string | bigint | number | boolean | Date | User | Room | Attachment | ArgumentValue[];

/**
 * The arguments of a pattern. An optional one that was not typed and has no default
 * is absent, so that a default of the language applies. A duration is a number of
 * milliseconds, an integer a bigint. A flag without a value is always there.
 *
 * Of a pattern that the compiler does not know as a text, any name may be asked for.
 */
export type Args<P extends string> = string extends P
  ? // biome-ignore lint/suspicious/noExplicitAny: nobody knows these names and types
    { readonly [name: string]: any }
  : Flat<Placeholders<Masked<P>, [], unknown> & Flags<Masked<P>>>;

// Inferred, it is shown as what it is.
type Flat<T> = T extends infer All ? { readonly [K in keyof All]: All[K] } : never;

// A character behind a backslash means itself: one that has a meaning is masked.
type Masked<P extends string, Done extends string = ""> = P extends `${infer Before}\\${infer C}${infer After}`
  ? Masked<After, `${Done}${Before}${C extends keyof Masks ? Masks[C] : C}`>
  : `${Done}${P}`;

interface Masks {
  "[": "\uE000";
  "]": "\uE001";
  "(": "\uE002";
  ")": "\uE003";
  "{": "\uE004";
  "}": "\uE005";
  "|": "\uE006";
  "=": "\uE007";
  "\\": "\uE008";
}

type Unmasked<S extends string, Done extends string = ""> = S extends `${infer C}${infer Rest}`
  ? Unmasked<Rest, `${Done}${C extends Masks[keyof Masks] ? Meaning[C] : C}`>
  : Done;

type Meaning = { [C in keyof Masks as Masks[C]]: C };

// D has one element for each bracket that is open.
type Placeholders<
  P extends string,
  D extends unknown[],
  Found,
> = P extends `${infer Before}{${infer Body}}${infer After}`
  ? Placeholders<After, Depth<Before, D>, Found & Placeholder<Body, Depth<Before, D>>>
  : Found;

type Depth<S extends string, D extends unknown[]> = S extends `${infer C}${infer Rest}`
  ? C extends "[" | "("
    ? Depth<Rest, [...D, 1]>
    : C extends "]" | ")"
      ? Depth<Rest, D extends [unknown, ...infer Less] ? Less : D>
      : Depth<Rest, D>
  : D;

type Placeholder<B extends string, D extends unknown[]> = B extends `${infer Head}=${string}`
  ? Required<Typed<Head>>
  : D extends []
    ? Required<Typed<B>>
    : Partial<Typed<B>>;

type Typed<B extends string> = B extends `${infer Name}...${string}`
  ? Record<Name, string>
  : B extends `${infer Name}*:${infer Type}`
    ? Record<Name, Of<Type>[]>
    : B extends `${infer Name}*`
      ? Record<Name, string[]>
      : B extends `${infer Name}:${infer Type}`
        ? Record<Name, Of<Type>>
        : Record<B, string>;

type Of<T extends string> = T extends `${string}|${string}`
  ? Split<T>
  : T extends "integer"
    ? bigint
    : T extends "number" | "duration"
      ? number
      : T extends "flag"
        ? boolean
        : T extends "time"
          ? Date
          : T extends "user"
            ? User
            : T extends "room"
              ? Room
              : T extends "file"
                ? Attachment
                : string;

type Split<T extends string> = T extends `${infer One}|${infer More}` ? Unmasked<One> | Split<More> : Unmasked<T>;

type Flags<P extends string> = P extends `${infer _Before}[${infer Inside}]${infer After}`
  ? Flag<Trimmed<Inside>> & Flags<After>
  : unknown;

type Flag<S extends string> = S extends `-${string}=${string}`
  ? unknown
  : S extends `-${string}`
    ? Record<FlagName<S>, boolean>
    : unknown;

type Space = " " | "\t" | "\n" | "\r";

type Trimmed<S extends string> = S extends `${Space}${infer Behind}`
  ? Trimmed<Behind>
  : S extends `${infer Before}${Space}`
    ? Trimmed<Before>
    : S;

// The first long spelling, or else the first.
type FlagName<S extends string> = S extends `${string}--${infer Long}`
  ? Under<First<Long>>
  : S extends `-${infer Short}`
    ? First<Short>
    : never;

type First<S extends string> = S extends `${infer One}|${string}` ? One : S;

type Under<S extends string> = S extends `${infer A}-${infer B}` ? `${A}_${Under<B>}` : S;

/** The names of the flags without a value in a pattern; see {@link Args}. */
export function flagNames(pattern: string): string[] {
  const names: string[] = [];
  const bare = pattern.replaceAll(/\\./gs, "x").replaceAll(/\{[^{}]*\}/g, "{}");
  for (const [, inside = ""] of bare.matchAll(/\[\s*(-[^\][{}=]*?)\s*\]/g)) {
    const spellings = inside.split("|");
    const long = spellings.find((spelling) => spelling.startsWith("--"));
    names.push(long ? long.slice(2).replaceAll("-", "_") : (spellings[0] ?? "").slice(1));
  }
  return names;
}
