// What the bot knows of users, rooms and files, and how it becomes what a callback
// is given.

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ArgumentValue } from "./args.js";
import type {
  Argument as WireArgument,
  Attachment as WireAttachment,
  Room as WireRoom,
  User as WireUser,
} from "./gen/openchatops/v1/message_pb.js";
import { RoomKind as WireRoomKind } from "./gen/openchatops/v1/message_pb.js";

/** Somebody. Compare users by id and by nothing else. */
export interface User {
  readonly id: string;
  readonly account: string;
  /** For display. */
  readonly name: string;
  readonly mentionName: string;
  readonly bot: boolean;
  /** The bot itself. */
  readonly isSelf: boolean;
  /** Groups of the operator's configuration. */
  readonly groups: readonly string[];
  /** An IANA zone name, "" if nobody knows. */
  readonly timeZone: string;
}

/** What a room is. */
export type RoomKind = "channel" | "direct" | "multi_direct" | "unknown";

/** A place where people talk. */
export interface Room {
  readonly id: string;
  readonly account: string;
  readonly kind: RoomKind;
  readonly name: string;
  /** The operator's name for it. */
  readonly alias: string;
  readonly topic: string;
  readonly private: boolean;
}

/** A file that came with a message. Its content is not on the wire. */
export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  /** In bytes, 0 if nobody knows. */
  readonly size: number;
  readonly url: string;
}

export function userOf(wire: WireUser | undefined): User {
  return {
    id: wire?.userId ?? "",
    account: wire?.accountId ?? "",
    name: wire?.name ?? "",
    mentionName: wire?.mentionName ?? "",
    bot: wire?.bot ?? false,
    isSelf: wire?.isSelf ?? false,
    groups: wire?.groups ?? [],
    timeZone: wire?.timeZone ?? "",
  };
}

export function kindOf(wire: WireRoomKind): RoomKind {
  switch (wire) {
    case WireRoomKind.CHANNEL:
      return "channel";
    case WireRoomKind.DIRECT:
      return "direct";
    case WireRoomKind.MULTI_DIRECT:
      return "multi_direct";
    default:
      return "unknown";
  }
}

export function roomOf(wire: WireRoom | undefined): Room {
  return {
    id: wire?.roomId ?? "",
    account: wire?.accountId ?? "",
    kind: kindOf(wire?.kind ?? WireRoomKind.UNSPECIFIED),
    name: wire?.name ?? "",
    alias: wire?.alias ?? "",
    topic: wire?.topic ?? "",
    private: wire?.private ?? false,
  };
}

export function attachmentOf(wire: WireAttachment): Attachment {
  return { id: wire.fileId, name: wire.name, mediaType: wire.mediaType, size: Number(wire.size), url: wire.url };
}

export function dateOf(wire: Timestamp | undefined): Date | undefined {
  return wire && new Date(timestampMs(wire));
}

/** The value of an argument in this language. */
export function plainValue(wire: WireArgument): ArgumentValue {
  const { value } = wire;
  switch (value.case) {
    case "text":
    case "integer":
    case "number":
    case "flag":
      return value.value;
    case "duration":
      return durationMs(value.value);
    case "time":
      return new Date(timestampMs(value.value));
    case "user":
      return userOf(value.value);
    case "room":
      return roomOf(value.value);
    case "file":
      return attachmentOf(value.value);
    case "list":
      return value.value.items.map(plainValue);
    default:
      return wire.raw;
  }
}

/** The arguments of a match by their names. */
export function argumentsOf(wire: readonly WireArgument[], flags: readonly string[]): Record<string, ArgumentValue> {
  const args: Record<string, ArgumentValue> = Object.create(null);
  for (const name of flags) args[name] = false;
  for (const argument of wire) args[argument.name] = plainValue(argument);
  return args;
}
