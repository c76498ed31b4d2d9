// What a callback is given: the message or event, and what it can do about it.

import type { Call } from "./call.js";
import type { Client } from "./client.js";
import { misuse } from "./errors.js";
import { Change, type Event as WireEvent } from "./gen/openchatops/v1/event_pb.js";
import type { Message as WireMessage } from "./gen/openchatops/v1/message_pb.js";
import type { Reply, ReplyOptions } from "./reply.js";
import type { Transaction } from "./store.js";
import { type Attachment, attachmentOf, dateOf, kindOf, type Room, roomOf, type User, userOf } from "./values.js";

/** A part of a text that names somebody; start and length count code points. */
export interface Mention {
  readonly user?: string;
  readonly room?: string;
  readonly everyone?: boolean;
  readonly start: number;
  readonly length: number;
}

class Incoming {
  constructor(protected readonly call: Call) {}

  protected get wire(): WireEvent | undefined {
    return this.call.wire.payload.case === "event" ? this.call.wire.payload.value : undefined;
  }

  /** The id that stays the same over attempts. */
  get deliveryId(): string {
    return this.call.wire.deliveryId;
  }
  /** Which attempt this is, 1 for the first. */
  get attempt(): number {
    return this.call.wire.attempt;
  }
  /** The name of the route that took it. */
  get route(): string {
    return this.call.wire.route;
  }
  get eventId(): string {
    return this.wire?.eventId ?? "";
  }
  /** When the chat service says that it happened. */
  get time(): Date {
    return dateOf(this.wire?.occurTime) ?? new Date(0);
  }
  /** Who said or did it. */
  get user(): User {
    return userOf(this.wire?.actor);
  }
  /** Its id, account and kind; ask {@link Client.room} for more. */
  get room(): Room {
    const ref = this.wire?.address?.room;
    const room = {
      ...roomOf(undefined),
      kind: kindOf(this.wire?.roomKind ?? 0),
      account: ref?.accountId || (this.wire?.accountId ?? ""),
    };
    return ref?.by.case === "roomId" ? { ...room, id: ref.by.value } : room;
  }
  /** The thread, "" outside one. */
  get thread(): string {
    const place = this.wire?.address?.place;
    return place?.case === "threadId" ? place.value : "";
  }

  /**
   * Says text in the room and thread of the event. It leaves with the completion when the
   * callback returns, or after 100 ms, whichever comes first, in order: there is nothing
   * to wait for. A reply that cannot be taken fails the delivery.
   */
  reply(text: string, options: ReplyOptions = {}): Reply {
    return this.call.reply(text, options);
  }
  /** Says text and waits until the chat service has it. */
  replyNow(text: string, options: ReplyOptions = {}): Promise<Reply> {
    return this.call.replyNow(text, options);
  }
  /** Counts the route's max_run anew, for work that takes longer than it allows. */
  extend(ms: number): Promise<void> {
    return this.call.extend(ms);
  }
  /**
   * Adds the bot's reaction to the message, or to the one to which somebody reacted, or takes
   * it back. It resolves when the bot has it on disk, and needs no scope.
   */
  async react(emoji: string, options: { readonly remove?: boolean } = {}): Promise<void> {
    const kind = this.wire?.kind;
    const id =
      kind?.case === "reaction" ? kind.value.messageId : kind?.case === "message" && kind.value.message?.messageId;
    if (!id) throw misuse("react: the event is neither a message nor a reaction to one");
    const { deliveryId } = this;
    const room = this.room.id ? { room: { room: this.room.id } } : {};
    await this.call.client.react(id, emoji, { ...options, deliveryId, ...room });
  }
  /** Shows that the bot is at work. An error is no reason to stop. */
  typing(): Promise<void> {
    return this.call.client.typing({ deliveryId: this.deliveryId });
  }
  /**
   * What is written together with the outcome and the replies if the callback returns,
   * and dropped if it throws: exactly once for a delivery that is done.
   */
  get transaction(): Transaction {
    return this.call.transaction;
  }
  /** For everything that is not this delivery. Its calls end with the callback's signal. */
  get bot(): Client {
    return this.call.client;
  }
}

/** A message that a command or hear route took. */
export class Message extends Incoming {
  private get message(): WireMessage | undefined {
    const kind = this.wire?.kind;
    return kind?.case === "message" ? kind.value.message : undefined;
  }

  get id(): string {
    return this.message?.messageId ?? "";
  }
  /** What was said, without the address of the bot. */
  get text(): string {
    return this.call.wire.match?.text || (this.message?.content?.text ?? "");
  }
  /** Whether it is meant for the bot. */
  get addressed(): boolean {
    return this.call.wire.match?.addressed ?? false;
  }
  /** Whether it is a new version of a message. */
  get edited(): boolean {
    return this.wire?.kind.case === "message" && this.wire.kind.value.change === Change.UPDATED;
  }
  /** The message that this one answers, or "". */
  get replyTo(): string {
    return this.message?.replyTo ?? "";
  }
  /** Whom the text names. */
  get mentions(): Mention[] {
    return (this.message?.mentions ?? []).map(({ target, start, length }) => {
      switch (target.case) {
        case "userId":
          return { user: target.value, start, length };
        case "roomId":
          return { room: target.value, start, length };
        default:
          return { everyone: target.case === "everyone", start, length };
      }
    });
  }
  /** The files that came with it. */
  get attachments(): Attachment[] {
    return (this.message?.attachments ?? []).map(attachmentOf);
  }
}

/** An event that is not a message. */
export class Event extends Incoming {
  /** For example "room.member_joined" or "x.acme.deploy.finished". */
  get type(): string {
    const kind = this.wire?.kind;
    switch (kind?.case) {
      case "reaction":
        return kind.value.removed ? "reaction.removed" : "reaction.added";
      case "member":
        return kind.value.left ? "room.member_left" : "room.member_joined";
      case "room":
        if (kind.value.change === Change.CREATED) return "room.created";
        return kind.value.change === Change.DELETED ? "room.deleted" : "room.updated";
      case "custom":
        return kind.value.type;
      default:
        return "";
    }
  }
  /** Who came or went, at a change of members. */
  get member(): User | undefined {
    const kind = this.wire?.kind;
    return kind?.case === "member" ? userOf(kind.value.user) : undefined;
  }
  /** Which message somebody reacted to, and how. */
  get reaction(): { readonly message: string; readonly emoji: string } | undefined {
    const kind = this.wire?.kind;
    return kind?.case === "reaction" ? { message: kind.value.messageId, emoji: kind.value.emoji } : undefined;
  }
  /** The data of an event of a program, as JSON. */
  get data(): Readonly<Record<string, unknown>> {
    const kind = this.wire?.kind;
    return kind?.case === "custom" ? (kind.value.data ?? {}) : {};
  }
}
