// What a callback throws to say more than that it failed, and what the library
// makes of the bot's refusals.

import { inspect } from "node:util";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import type { Status } from "./gen/google/rpc/status_pb.js";
import { told } from "./place.js";
import { duration } from "./time.js";

/** What the library throws on purpose: its stack is the author's part of it. */
class Refusal extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    shorten(this);
  }
}

function shorten(error: Error): void {
  if (error.stack) error.stack = told(error.stack, true);
}

/** An argument of an author's call that cannot be. */
export function misuse(text: string): TypeError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50; // the author's part lies under that of the library
  const error = new TypeError(text);
  Error.stackTraceLimit = stackTraceLimit;
  shorten(error);
  return error;
}

/** Fails the delivery on any route: the person reads the text, the cause goes to the log only. */
export class Tell extends Error {
  override name = "Tell";
  constructor(
    /** What the person reads. */
    readonly userText: string,
    cause?: unknown,
  ) {
    if (typeof userText !== "string")
      throw misuse(`new Tell: a person reads a text, and ${errorText(userText)} is none`);
    super(cause === undefined ? userText : errorText(cause), cause === undefined ? undefined : { cause });
  }
}

/** Asks for the same delivery again after a while. It is obeyed on any route, up to its attempts. */
export class RetryAfter extends Error {
  override name = "RetryAfter";
  constructor(
    /** How long to wait, in milliseconds. */
    readonly delayMs: number,
    why = "",
    cause?: unknown,
  ) {
    duration(delayMs, "new RetryAfter");
    super(why || `try again in ${delayMs} ms`, cause === undefined ? undefined : { cause });
  }
}

/** Fails the delivery also on a repeatable route, which would run again after any other error. */
export class Permanent extends Error {
  override name = "Permanent";
  constructor(cause: unknown) {
    super(errorText(cause), { cause });
  }
}

/** The delivery has ended: nothing can be said in it any more. */
export class EndedError extends Refusal {
  static {
    EndedError.prototype.name = "EndedError";
  }
}

/** The bot refused a call, or nobody can reach it. */
export class BotError extends Refusal {
  static {
    BotError.prototype.name = "BotError";
  }
  constructor(
    message: string,
    /** Why, from the closed table of spec/errors.md; "" if the bot gave no reason. */
    readonly reason: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The message may have been posted or not, nobody can know. */
export class MaybeSentError extends Refusal {
  static {
    MaybeSentError.prototype.name = "MaybeSentError";
  }
}

/** The message surely was not posted. */
export class NotSentError extends Refusal {
  static {
    NotSentError.prototype.name = "NotSentError";
  }
}

/** A guard of a transaction did not hold: nothing was written. */
export class ConflictError extends Refusal {
  static {
    ConflictError.prototype.name = "ConflictError";
  }
}

/** Why the library gives up for good: the text is for who runs the process. */
export class GivenUpError extends Refusal {
  static {
    GivenUpError.prototype.name = "GivenUpError";
  }
}

/** Who started the process did something wrong: it ends with 2. */
export class UsageError extends Refusal {
  static {
    UsageError.prototype.name = "UsageError";
  }
}

/** An error that stands in an answer of the bot. */
export function statusError({ code, message, details }: Status): ConnectError {
  const error = new ConnectError(message, code);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  return error;
}

/** The reason of the closed table that an error of the bot carries, or "". */
export function reasonOf(error: unknown): string {
  if (error instanceof BotError) return error.reason;
  if (!(error instanceof ConnectError)) return "";
  return error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
}

export function metadataOf(error: unknown): Record<string, string> {
  return error instanceof ConnectError ? (error.findDetails(ErrorInfoSchema)[0]?.metadata ?? {}) : {};
}

/** How long the bot asks to wait, in milliseconds. */
export function retryDelay(error: unknown): number | undefined {
  const delay = error instanceof ConnectError ? error.findDetails(RetryInfoSchema)[0]?.retryDelay : undefined;
  return delay && durationMs(delay);
}

const final = new Set([
  Code.InvalidArgument,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.Unimplemented,
  Code.OutOfRange,
  Code.AlreadyExists,
  Code.NotFound,
]);

/** Whether the same call may well succeed later. */
export function transient(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return true;
  if (error.code === Code.ResourceExhausted) return reasonOf(error) !== "" && reasonOf(error) !== "TOO_LARGE";
  return !final.has(error.code);
}

/** What to tell an author of an error of the bot: its sentence, and what to do if the library knows. */
export function explained(error: unknown): BotError {
  const reason = reasonOf(error);
  const text = error instanceof ConnectError ? error.rawMessage : errorText(error);
  return new BotError(explanation(reason, text, metadataOf(error)), reason, error);
}

/** The bot's sentence for a reason of the closed table, and what to do if the library knows. */
export function explanation(reason: string, text: string, metadata: Readonly<Record<string, string>> = {}): string {
  const missing = (scope: string) =>
    `a handler asks for it with asks("${scope}"), and the operator grants it in the bot's configuration, in ` +
    "`scopes` of that handler";
  switch (reason) {
    case "SCOPE_MISSING": {
      const scope = metadata["scope"] ?? "";
      return `the scope ${scope} is missing: ${missing(scope)}`;
    }
    case "ROOM_FORBIDDEN":
      return `${text}: a reply with direct: true needs the scope messages.write.direct; ${missing("messages.write.direct")}`;
    default:
      return text;
  }
}

/** What reading something that was thrown gives, or instead: it may run code of its author's, which may throw. */
export function readOr<T>(instead: T, read: () => T): T {
  try {
    return read();
  } catch {
    return instead;
  }
}

/** How many causes of an error are told, since one may come of itself. */
export const maxCauses = 10;

/** What was thrown, in words: anything can be, also what cannot be read. */
export function errorText(error: unknown): string {
  return readOr("something that cannot be read", () => {
    if (error instanceof Error) return String(error.message) || String(error.name);
    return typeof error === "string" ? error : inspect(error, { breakLength: Number.POSITIVE_INFINITY });
  });
}

/** What was thrown with what it came of, as far as that says more: "fetch failed" alone tells nobody anything. */
export function wholeText(error: unknown, causes = maxCauses): string {
  const text = errorText(error);
  const cause = readOr(undefined, () =>
    error instanceof Error && !(error instanceof BotError) ? error.cause : undefined,
  );
  if (cause === undefined || causes === 0) return text;
  const why = wholeText(cause, causes - 1);
  return why === "" || text.includes(why) ? text : `${text}: ${why}`;
}

/** Shortens a text visibly to at most so many bytes. */
export function cut(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const mark = " [cut]";
  return `${new TextDecoder().decode(bytes.subarray(0, limit - mark.length)).replace(/\uFFFD+$/, "")}${mark}`;
}
