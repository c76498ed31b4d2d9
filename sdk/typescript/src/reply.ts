// What a callback says: how a reply is made, and what can be done with one.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Client, type MessageOptions, outgoing } from "./client.js";
import { misuse } from "./errors.js";
import type { Delivery } from "./gen/openchatops/v1/delivery_pb.js";
import { type AddressSchema, type Send, SendSchema } from "./gen/openchatops/v1/message_pb.js";

export interface ReplyOptions extends MessageOptions {
  /**
   * Names the reply. The library numbers the replies of a delivery, so that an attempt
   * that runs again does not repeat what was said; where it may take another branch, name
   * them: unique in the delivery, 1 to 64 characters of A-Za-z0-9._~- and not a number.
   */
  readonly key?: string;
  /** In the thread of the message, or in one that it starts. */
  readonly inThread?: boolean;
  /** In this thread of the same room. */
  readonly thread?: string;
  /** To the person, in their direct room. */
  readonly direct?: boolean;
}

/** A message that was replied. */
export class Reply {
  constructor(
    /** The id of the message, known before it is posted. */
    readonly id: string,
    private readonly client: Client,
    private readonly taken: () => Promise<void>,
    private readonly deliveryId: string,
  ) {}

  /** Gives it another text, after all that was replied before. */
  async update(text: string): Promise<void> {
    await this.taken();
    await this.client.update(this.id, text);
  }

  async delete(): Promise<void> {
    await this.taken();
    await this.client.delete(this.id);
  }

  async react(emoji: string): Promise<void> {
    await this.taken();
    await this.client.react(this.id, emoji, { deliveryId: this.deliveryId });
  }
}

/** A key of the author's, unless it cannot be one. */
export function ownKey(key: string, used: ReadonlySet<string>): string {
  if (typeof key !== "string" || !/^[A-Za-z0-9._~-]{1,64}$/.test(key))
    throw misuse(`reply key "${String(key)}": must be 1 to 64 characters of A-Za-z0-9._~-`);
  if (/^\d+$/.test(key)) throw misuse(`reply key "${key}": numbers are the library's`);
  if (used.has(key)) throw misuse(`reply key "${key}" was used twice in one delivery`);
  return key;
}

/** A reply as it goes to the bot. */
export function sendOf(key: string, text: string, options: ReplyOptions, delivery: Delivery): Send {
  return create(SendSchema, { key, message: outgoing(text, options, address(options, delivery)) });
}

export function bytesOf(send: Send): number {
  return Buffer.byteLength(send.message?.content?.text ?? "");
}

/** Where a reply goes; undefined is where the delivery came from. */
function address(options: ReplyOptions, { payload }: Delivery): MessageInitShape<typeof AddressSchema> | undefined {
  const event = payload.case === "event" ? payload.value : undefined;
  const from = event?.address;
  const messageId = event?.kind.case === "message" ? event.kind.value.message?.messageId : undefined;
  if (options.direct) {
    return { room: { by: { case: "userId", value: event?.actor?.userId ?? "" }, accountId: event?.accountId ?? "" } };
  }
  const room = from?.room ? { room: from.room } : {};
  if (options.thread) return { ...room, place: { case: "threadId", value: options.thread } };
  if (options.inThread && from?.place.case !== "threadId" && messageId) {
    return { ...room, place: { case: "startThreadAt", value: messageId } };
  }
  return undefined;
}
