// Which arguments the compiler reads from a pattern. A wrong type does not compile.

import { deepStrictEqual } from "node:assert/strict";
import { test } from "node:test";
import { flagNames } from "../src/args.js";
import type { Args, Attachment, Room, User } from "../src/index.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

test("the types of arguments come from the pattern", () => {
  holds<Same<Args<"ping">, Readonly<Record<never, never>>>>();
  holds<Same<Args<"echo {text...}">, { readonly text: string }>>();
  holds<
    Same<
      Args<"deploy {app} [to {env}] [--force] {note...}">,
      { readonly app: string; readonly env?: string; readonly note: string; readonly force: boolean }
    >
  >();
  holds<Same<Args<"roll {n:integer}">, { readonly n: bigint }>>();
  holds<Same<Args<"roll {n:integer=6}">, { readonly n: bigint }>>();
  holds<Same<Args<"ban {hosts*}">, { readonly hosts: string[] }>>();
  holds<Same<Args<"invite {who*:user} [to {where:room}]">, { readonly who: User[]; readonly where?: Room }>>();
  holds<Same<Args<"set {env:prod|staging|test}">, { readonly env: "prod" | "staging" | "test" }>>();
  holds<Same<Args<"at {when:time} for {long:duration}">, { readonly when: Date; readonly long: number }>>();
  holds<Same<Args<"load {sheet:file}">, { readonly sheet: Attachment }>>();
  holds<Same<Args<"see {link:url} {key:secret}">, { readonly link: string; readonly key: string }>>();
  holds<Same<Args<"x (on {day}|in {span:duration})">, { readonly day?: string; readonly span?: number }>>();
  holds<Same<Args<"x [a [b {deep}]] {last}">, { readonly deep?: string; readonly last: string }>>();
  holds<
    Same<
      Args<"x [--count={n:integer}] [-v|--dry-run] [-q]">,
      { readonly n?: bigint; readonly dry_run: boolean; readonly q: boolean }
    >
  >();
  // White space in brackets, and characters that mean themselves.
  holds<Same<Args<"a [ --force ] [\t-q\n]">, { readonly force: boolean; readonly q: boolean }>>();
  holds<Same<Args<"a \\[{x}\\] \\({y}\\) \\{z\\}">, { readonly x: string; readonly y: string }>>();
  holds<Same<Args<"a \\\\[--f] \\--g">, { readonly f: boolean }>>();
  holds<Same<Args<"a {e:x\\{y|z\\}w|p\\|q|a\\=b}">, { readonly e: "x{y" | "z}w" | "p|q" | "a=b" }>>();
  // A default says nothing of the type.
  holds<
    Same<
      Args<"a {e=p:q|r} {f=x...} [--n={n:integer=3}]">,
      { readonly e: string; readonly f: string; readonly n: bigint }
    >
  >();
  holds<
    Same<Args<"a [b {c} {d=3}] ({my_x}|y)">, { readonly c?: string; readonly d: string; readonly my_x?: string }>
  >();
  holds<Same<Args<"a {class} {constructor}">, { readonly class: string; readonly constructor: string }>>();
  holds<Same<Args<"a [-f|-g] [-n|--dry-run-now|--no]">, { readonly f: boolean; readonly dry_run_now: boolean }>>();
  const dynamic: Args<string> = { anything: 1 };
  deepStrictEqual(dynamic.anything, 1);
});

test("the names of flags without a value", () => {
  deepStrictEqual(flagNames("x [--count={n:integer}] [-v|--dry-run] [-q] [to {env}] \\[--no]"), ["dry_run", "q"]);
  deepStrictEqual(flagNames("x \\\\[ --a ] {b=[--no]} [-f|-g]"), ["a", "f"]);
});

// @ts-expect-error: no such argument
export type Wrong = Args<"deploy {app}">["ap"];
