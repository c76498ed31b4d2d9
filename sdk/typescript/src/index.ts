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

import "./runtime.js";

export type { Args, ArgumentValue } from "./args.js";
export {
  Client,
  type DialOptions,
  dial,
  type MessageOptions,
  type OperationOptions,
  type SendOptions,
  type To,
} from "./client.js";
export type { Command, CommandArgument } from "./commands.js";
export type { Connection, ConnectOptions } from "./connection.js";
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
export type { GroupArgs, GroupType } from "./groups.js";
export { Handler } from "./handler.js";
export type { Attributes, Log } from "./log.js";
export { Event, type Mention, Message } from "./message.js";
export { Reply, type ReplyOptions } from "./reply.js";
export type {
  Callback,
  CommandContext,
  CommandOptions,
  Context,
  EventContext,
  HearContext,
  HearOptions,
  RouteOptions,
} from "./route.js";
export {
  type JSONSetting,
  type PlainSetting,
  type Setting,
  SettingProblem,
  type SettingSpecs,
  type Settings,
} from "./settings.js";
export { Stopped, type StopReason } from "./stopped.js";
export { type Entry, type PutOptions, Store, Transaction } from "./store.js";
export type { Attachment, Room, RoomKind, User } from "./values.js";
