// What becomes of a delivery whose callback threw, and what its author is told.

import { Code } from "@connectrpc/connect";
import type { CompletionInit } from "./completer.js";
import { BotError, cut, errorText, maxCauses, Permanent, RetryAfter, readOr, Tell, wholeText } from "./errors.js";
import { placeIn, told } from "./place.js";
import { duration } from "./time.js";

const maxReason = 4 << 10;
const maxText = 64 << 10;

/** What becomes of a delivery that failed, and what its callback threw, if that is not all of it. */
export function failureOf(error: unknown, repeatable: boolean, thrown = error): NonNullable<CompletionInit["kind"]> {
  const reason = cut(wholeText(error), maxReason);
  if (error instanceof RetryAfter)
    return { case: "retry", value: { delay: duration(error.delayMs, "RetryAfter"), reason } };
  if (repeatable && !(error instanceof Tell) && !(error instanceof Permanent))
    return { case: "retry", value: { reason } };
  const userText = thrown instanceof Tell ? cut(thrown.userText, maxText) : "";
  return { case: "fail", value: { userText, error: { code: Code.Unknown, message: reason } } };
}

/** The author's line at which something was thrown; undefined if what was thrown does not say. */
export function placeOf(error: unknown): string | undefined {
  return readOr(undefined, () => placeAmong(error, maxCauses));
}

function placeAmong(error: unknown, causes: number): string | undefined {
  if (!(error instanceof Error) || causes === 0) return undefined;
  if (!(error instanceof AggregateError)) return placeIn(error.stack) ?? placeAmong(error.cause, causes - 1);
  for (const one of error.errors) {
    const place = placeAmong(one, causes - 1);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Where what was thrown came from, in the author's lines, as an attribute for the log, if that says more than {@link placeOf}. */
export function stackOf(error: unknown): { readonly stack?: string } {
  const stack = readOr("", () => framesOf(error, maxCauses));
  return stack.split("\n").length < 2 ? {} : { stack };
}

function framesOf(error: unknown, causes: number): string {
  if (!(error instanceof Error) || causes === 0) return "";
  if (error instanceof AggregateError) {
    const each = error.errors.slice(0, maxCauses).map((one) => framesOf(one, causes - 1));
    return each.filter(Boolean).join("\nand\n");
  }
  const cause = framesOf(error.cause, causes - 1);
  // What is thrown to say something says it; where its cause came from tells more.
  if (error instanceof Tell || error instanceof RetryAfter || error instanceof Permanent) return cause;
  const own = told(error.stack ?? "", false);
  const frames = own.slice(own.search(/^\s+at /m));
  if (!/^\s+at /.test(frames)) return cause;
  return cause && !(error instanceof BotError) ? `${frames}\ncaused by ${errorText(error.cause)}\n${cause}` : frames;
}
