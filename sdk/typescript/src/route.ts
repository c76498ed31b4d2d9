// What a route may say of itself, and what its callback is given.

import type { Args } from "./args.js";
import type { GroupArgs, GroupType, OnlyGroups } from "./groups.js";
import type { Log } from "./log.js";
import type { Event, Message } from "./message.js";

/** What every callback is given. */
export interface Context {
  /**
   * Ends when the callback should stop; its reason is a {@link Stopped}: pass it on to what
   * the callback waits for.
   */
  readonly signal: AbortSignal;
  /** For the operator. It names the delivery, its route and its trace. */
  readonly log: Log;
}

/** What a callback of a command is given. */
export interface CommandContext<P extends string> extends Context {
  readonly msg: Message;
  /** The arguments of the pattern, typed; see {@link Args}. */
  readonly args: Args<P>;
}

/** What a callback of a hear route is given. */
export interface HearContext<E extends string = string, G = unknown> extends Context {
  readonly msg: Message;
  /** The named groups of the expression that took part, typed; see {@link GroupArgs}. */
  readonly args: GroupArgs<E, G>;
}

/** What a callback of an event route is given. */
export interface EventContext extends Context {
  readonly event: Event;
}

/**
 * A callback. It runs once for each delivery, and up to {@link Handler.maxInFlight} at a
 * time. It must not compute for long without an await: meanwhile nothing else runs in the
 * process. What it returns is ignored; what it throws fails the delivery, or has it run
 * again on a repeatable route; see {@link Tell}, {@link RetryAfter} and {@link Permanent}.
 * The delivery is over when it returns, so it awaits all that it starts.
 */
export type Callback<C extends Context> = (context: C) => void | Promise<void>;

/** Refines a route. What is not set takes the default of the route's kind. */
export interface RouteOptions {
  /** Rules, help and the operator's configuration refer to it. Unique in the handler. [OCO-RTE-2] */
  readonly name?: string;
  /** Groups of the operator's configuration that may use it; the operator may replace them. */
  readonly allow?: readonly string[];
  /** Refused to everybody outside a group that is named. */
  readonly danger?: boolean;
  /** Running the callback again is always safe: it reads, replies and fills its transaction. */
  readonly repeatable?: boolean;
  /** Which deliveries run one after the other: of one person in one room, of one room, of the route. */
  readonly order?: "user" | "room" | "route" | "none";
  /** Whom the bot tells when the outcome is not done. */
  readonly notice?: "person" | "operators" | "none";
  /** Bounds the callback, in milliseconds; 60 s unless set. Then its signal ends, and its outcome is decided. */
  readonly maxRun?: number;
  /** The age after which it is not run any more, in milliseconds. */
  readonly staleAfter?: number;
  /** How often it is run at most, when it asks for that or is repeatable. */
  readonly maxAttempts?: number;
}

export interface CommandOptions extends RouteOptions {
  /** Further patterns with the same placeholders. */
  readonly aliases?: readonly string[];
  /** Further patterns that go on working and are no longer shown. */
  readonly deprecated?: readonly string[];
  /** Texts that it takes, for help. */
  readonly examples?: readonly string[];
  /** What help says of arguments, and whether their values are secret. */
  readonly arguments?: Readonly<
    Record<string, { readonly help?: string; readonly secret?: boolean; readonly choices?: readonly string[] }>
  >;
  /** Also the new text of a message that was changed. */
  readonly onEdit?: boolean;
}

export interface HearOptions<
  E extends string = string,
  G extends Readonly<Record<string, GroupType>> = Readonly<Record<string, GroupType>>,
> extends RouteOptions {
  readonly help?: string;
  /**
   * What named groups of the expression are: "text", "integer", "number", "duration", or a
   * list of the texts that one may be. A message in which a group is something else is not
   * heard. [OCO-RTE-43]
   */
  readonly groups?: G & OnlyGroups<E, G>;
  /** Of two hear routes, the one with the higher priority fires first. */
  readonly priority?: number;
  /** Only messages that are meant for the bot. */
  readonly addressedOnly?: boolean;
  /** Hear routes of lower priority do not fire. */
  readonly exclusive?: boolean;
  /** Also messages of other bots. */
  readonly includeBots?: boolean;
  /** Also the new text of a message that was changed. */
  readonly onEdit?: boolean;
}
