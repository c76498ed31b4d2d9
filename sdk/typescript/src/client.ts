// What a program may ask of the bot outside a delivery, by the scopes of its key.

import { inspect } from "node:util";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Client as RPC, type Transport } from "@connectrpc/connect";
import { type Command, commandOf } from "./commands.js";
import { parseEndpoint } from "./endpoint.js";
import { BotError, EndedError, MaybeSentError, misuse, NotSentError } from "./errors.js";
import { BotService } from "./gen/openchatops/v1/bot_pb.js";
import { ChatService, type InDeliverySchema, type OperationStatus } from "./gen/openchatops/v1/chat_pb.js";
import {
  type AddressSchema,
  type OutgoingMessage,
  OutgoingMessageSchema,
  RepeatPolicy,
  type RoomRefSchema,
  SendState,
} from "./gen/openchatops/v1/message_pb.js";
import { StorageService } from "./gen/openchatops/v1/storage_pb.js";
import { checkKey } from "./keys.js";
import { Link } from "./link.js";
import { asked, persist } from "./rpc.js";
import { Store } from "./store.js";
import { duration } from "./time.js";
import { type Room, roomOf, type User, userOf } from "./values.js";

const maxText = 64 << 10; // OCO-SIZ-4
const pageSize = 1000;

/** Where a message goes: exactly one of room, roomName and user. */
export interface To {
  /** By its id. */
  readonly room?: string;
  /** The operator's alias for the room, or else its name. */
  readonly roomName?: string;
  /** The direct room of this user, by id. */
  readonly user?: string;
  readonly thread?: string;
  /** A message at which a thread is started. */
  readonly startThreadAt?: string;
}

/** How a message is treated while it waits, and when nobody knows whether it was posted. */
export interface MessageOptions {
  /** It is rather lost than posted twice. [OCO-DLV-58] */
  readonly preferLoss?: boolean;
  /** How long it is worth posting, in milliseconds. [OCO-DLV-59] */
  readonly validFor?: number;
}

export interface OperationOptions {
  /** Makes it repeatable: the same id with the same content is done once, for at least 24 hours. */
  readonly requestId?: string;
  /** Return only when the chat service has done it. */
  readonly wait?: boolean;
}

export interface SendOptions extends MessageOptions, OperationOptions {
  /** The message that this one answers. */
  readonly replyTo?: string;
}

/** Asks the bot and sends, by the scopes of a key. */
export class Client {
  readonly store: Store;
  private readonly chat: RPC<typeof ChatService>;
  private readonly bot: RPC<typeof BotService>;

  constructor(
    transport: Transport,
    private readonly signal?: AbortSignal,
    private readonly end?: () => void,
  ) {
    this.chat = createClient(ChatService, transport);
    this.bot = createClient(BotService, transport);
    this.store = new Store(createClient(StorageService, transport), signal);
  }

  /** Sends text and returns the id of the message, when the bot has it on disk. */
  async send(to: To, text: string, options: SendOptions = {}): Promise<string> {
    const message = outgoing(text, options, addressOf(to));
    message.replyTo = options.replyTo ?? "";
    const request = {
      id: { case: "requestId" as const, value: options.requestId ?? crypto.randomUUID() },
      message,
      wait: options.wait ?? false,
    };
    const { messageId, state } = await persist(this.signal, (call) => this.chat.sendMessage(request, call));
    judgeSend(state);
    return messageId;
  }

  /** Gives a message that the bot sent another text. Scope messages.edit.own, but for what the handler said itself. */
  async update(messageId: string, text: string, options: OperationOptions = {}): Promise<void> {
    checkText(text);
    const request = { ...operation(options), messageId, content: { text } };
    judge((await persist(this.signal, (call) => this.chat.updateMessage(request, call))).operation);
  }

  /** Deletes a message. Scope messages.delete.any, but for what the handler said itself. */
  async delete(messageId: string, options: OperationOptions & { readonly room?: To } = {}): Promise<void> {
    const request = { ...operation(options), messageId, ...(options.room ? { room: roomRefOf(options.room) } : {}) };
    judge((await persist(this.signal, (call) => this.chat.deleteMessage(request, call))).operation);
  }

  /** Adds the bot's reaction to a message, or takes it back. Scope reactions.write. */
  async react(
    messageId: string,
    emoji: string,
    options: OperationOptions & { readonly room?: To; readonly remove?: boolean; readonly deliveryId?: string } = {},
  ): Promise<void> {
    const request = {
      ...operation(options),
      messageId,
      emoji,
      remove: options.remove ?? false,
      deliveryId: options.deliveryId ?? "",
      ...(options.room ? { room: roomRefOf(options.room) } : {}),
    };
    judge((await persist(this.signal, (call) => this.chat.setReaction(request, call))).operation);
  }

  /** Shows that the bot is at work, for 10 s or until it says something there. */
  async typing(where: { readonly deliveryId: string } | To): Promise<void> {
    const request = "deliveryId" in where ? { deliveryId: where.deliveryId } : { to: addressOf(where) };
    await asked(this.signal, (call) => this.chat.setTyping(request, call));
  }

  /** Looks a user up by id or by mention name. Scope users.read. */
  async user(by: { readonly id: string } | { readonly mentionName: string }): Promise<User> {
    const request =
      "id" in by
        ? { by: { case: "userId" as const, value: by.id } }
        : { by: { case: "mentionName" as const, value: by.mentionName } };
    return userOf((await asked(this.signal, (call) => this.chat.getUser(request, call))).user);
  }

  /** The users of the chat service. Scope users.read. */
  async *users(): AsyncGenerator<User, void, void> {
    for (let pageToken = ""; ; ) {
      const page = await asked(this.signal, (call) => this.chat.listUsers({ pageSize, pageToken }, call));
      for (const user of page.users) yield userOf(user);
      pageToken = nextPage(pageToken, page.nextPageToken);
      if (!pageToken) return;
    }
  }

  /** What is known of a room. Scope rooms.read. */
  async room(which: To): Promise<Room> {
    const request = { room: roomRefOf(which) };
    return roomOf((await asked(this.signal, (call) => this.chat.getRoom(request, call))).room);
  }

  /** The rooms that the bot is in. Scope rooms.read. */
  async *rooms(): AsyncGenerator<Room, void, void> {
    for (let pageToken = ""; ; ) {
      const page = await asked(this.signal, (call) => this.chat.listRooms({ pageSize, pageToken }, call));
      for (const room of page.rooms) yield roomOf(room);
      pageToken = nextPage(pageToken, page.nextPageToken);
      if (!pageToken) return;
    }
  }

  /** The commands that a user may run in a room. Scope commands.read. */
  async *commands(userId = "", roomId = ""): AsyncGenerator<Command, void, void> {
    const room = roomId ? { room: roomRefOf({ room: roomId }) } : {};
    for (let pageToken = ""; ; ) {
      const page = await asked(this.signal, (call) =>
        this.bot.listCommands({ userId, pageSize, pageToken, ...room }, call),
      );
      for (const command of page.commands) yield commandOf(command);
      pageToken = nextPage(pageToken, page.nextPageToken);
      if (!pageToken) return;
    }
  }

  /** Ends a client that {@link dial} made, and what it waits for. */
  close(): void {
    this.end?.();
  }
}

/** Says something in a delivery and waits until the chat service has it. */
export async function sendInDelivery(
  transport: Transport,
  signal: AbortSignal,
  delivery: MessageInitShape<typeof InDeliverySchema>,
  message: OutgoingMessage | undefined,
): Promise<void> {
  const chat = createClient(ChatService, transport);
  const request = { id: { case: "inDelivery" as const, value: delivery }, ...(message ? { message } : {}), wait: true };
  judgeSend((await persist(signal, (call) => chat.sendMessage(request, call))).state);
}

export interface DialOptions {
  /** Allows a key to travel unencrypted beyond this machine. */
  readonly insecure?: boolean;
  /** Ends what the client waits for: a bot that is out of reach is waited for otherwise. */
  readonly signal?: AbortSignal;
}

/** A client for a program that registers nothing, for example a CI job. It connects at the first call. */
export function dial(endpoint: string, key: string, options: DialOptions = {}): Client {
  checkKey(key);
  const over = new AbortController();
  const link = new Link(parseEndpoint(endpoint, options.insecure), (why) => over.abort(why));
  const end = () => {
    over.abort(new EndedError("the client was closed"));
    link.close();
  };
  const signal = options.signal ? AbortSignal.any([over.signal, options.signal]) : over.signal;
  return new Client(link.transport(key), signal, end);
}

/** A message as the bot is asked to say it. */
export function outgoing(
  text: string,
  options: MessageOptions,
  to?: MessageInitShape<typeof AddressSchema>,
): OutgoingMessage {
  checkText(text);
  return create(OutgoingMessageSchema, {
    ...(to ? { to } : {}),
    content: { text },
    repeatPolicy: options.preferLoss ? RepeatPolicy.PREFER_LOSS : RepeatPolicy.UNSPECIFIED,
    ...(options.validFor === undefined ? {} : { validFor: duration(options.validFor, "validFor") }),
  });
}

function checkText(text: string): void {
  if (typeof text !== "string") throw misuse(`a message is a text, and ${inspect(text)} is none`);
  if (text === "") throw misuse("a message without text");
  const size = Buffer.byteLength(text);
  if (size > maxText) throw misuse(`a message of ${size} bytes is longer than 64 KiB`);
}

function addressOf(to: To): MessageInitShape<typeof AddressSchema> {
  if (to.thread && to.startThreadAt) throw misuse("a message goes to a thread or starts one, not both");
  const room = roomRefOf(to);
  if (to.thread) return { room, place: { case: "threadId", value: to.thread } };
  if (to.startThreadAt) return { room, place: { case: "startThreadAt", value: to.startThreadAt } };
  return { room };
}

function roomRefOf(to: To): MessageInitShape<typeof RoomRefSchema> {
  const given = [
    to.room && { by: { case: "roomId" as const, value: to.room } },
    to.roomName && { by: { case: "name" as const, value: to.roomName } },
    to.user && { by: { case: "userId" as const, value: to.user } },
  ].filter((ref) => typeof ref === "object");
  const [ref] = given;
  if (given.length !== 1 || !ref) throw misuse("where: give exactly one of room, roomName and user");
  return ref;
}

function operation(options: OperationOptions) {
  return { requestId: options.requestId ?? crypto.randomUUID(), wait: options.wait ?? false };
}

function judgeSend(state: SendState): void {
  switch (state) {
    case SendState.UNKNOWN:
      throw new MaybeSentError("the message may have been posted or not, nobody can know");
    case SendState.FAILED:
      throw new NotSentError("the message was not posted");
    case SendState.EXPIRED:
      throw new NotSentError("the message was not posted: its time was over before it could be");
  }
}

function judge(status: OperationStatus | undefined): void {
  const why = status?.detail ? `: ${status.detail}` : "";
  switch (status?.state) {
    case SendState.UNKNOWN:
      throw new BotError(`what was asked for may have been done or not${why}`, "");
    case SendState.FAILED:
    case SendState.EXPIRED:
      throw new BotError(`what was asked for was not done${why}`, "");
  }
}

function nextPage(before: string, next: string): string {
  if (next !== "" && next === before) throw new BotError("the bot gave the same page token twice", "");
  return next;
}
