/**
 * Write handlers for OpenChatOps: programs that answer in chat. A handler dials the bot,
 * says what it offers, and then receives deliveries.
 *
 * @example
 * const echo = new Handler("echo");
 *
 * echo.command("echo {text...}", "Repeat some text.", async ({ msg, args }) => {
 *   msg.reply(args.text);
 * });
 *
 * await echo.run();
 *
 * @packageDocumentation
 */

export type { Args, ArgumentValue } from "./args.js";
export { Reply, type ReplyOptions, Stopped, type StopReason } from "./call.js";
export {
  Client,
  type DialOptions,
  dial,
  type MessageOptions,
  type OperationOptions,
  type SendOptions,
  type To,
} from "./client.js";
export {
  BotError,
  ConflictError,
  EndedError,
  GivenUpError,
  MaybeSentError,
  NotSentError,
  Permanent,
  RetryAfter,
  Tell,
  UsageError,
} from "./errors.js";
export {
  type Callback,
  type CommandContext,
  type CommandOptions,
  type Connection,
  type ConnectOptions,
  type EventContext,
  Handler,
  type HearContext,
  type HearOptions,
  type RouteOptions,
} from "./handler.js";
export type { Attributes, Log } from "./log.js";
export { Event, type Mention, Message } from "./message.js";
export type { Setting, Settings } from "./settings.js";
export { type Entry, type PutOptions, Store, Transaction } from "./store.js";
export type { Attachment, Room, RoomKind, User } from "./values.js";
