// A chat service that exists in the test only: an adapter whose rooms are lists.

import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { errorText, transient } from "../errors.js";
import { AdapterService } from "../gen/openchatops/v1/adapter_pb.js";
import { BotService, type Outcome } from "../gen/openchatops/v1/bot_pb.js";
import { CapabilitiesSchema, CapabilityLevel } from "../gen/openchatops/v1/capability_pb.js";
import { type Delivery, DeliveryService, type Frame, type Settled } from "../gen/openchatops/v1/delivery_pb.js";
import { Change, EventSchema } from "../gen/openchatops/v1/event_pb.js";
import { type Address, RoomKind, SendState } from "../gen/openchatops/v1/message_pb.js";
import { type Query, SendReason } from "../gen/openchatops/v1/operation_pb.js";
import { pause } from "../time.js";

/** Who said something to whom. */
export type Speaker = "handler" | "bot" | "notice" | "client";

/** Something that was said in a room. */
export interface Said {
  readonly room: string;
  readonly text: string;
  readonly by: Speaker;
}

/** Something that the bot did beside saying something. */
export interface Deed {
  readonly kind: "updated" | "deleted" | "reacted" | "unreacted";
  readonly message: string;
  readonly what: string;
}

const name = "test";
const replica = "test";
const self = "oco";
const speakers: Partial<Record<SendReason, Speaker>> = {
  [SendReason.BOT]: "bot",
  [SendReason.NOTICE]: "notice",
  [SendReason.CLIENT]: "client",
};

/** What people say, and what was said to them. */
export class Chat {
  readonly said: Said[] = [];
  readonly deeds: Deed[] = [];
  private readonly adapter;
  private readonly bot;
  private readonly deliveries;
  private readonly waiting = new Map<
    string,
    { readonly settle: (outcomes: Outcome[]) => void; readonly fail: (why: Error) => void }
  >();
  private abort = new AbortController();
  private readonly people = new Set<string>();
  private readonly channels = new Set<string>();
  private account = "";
  private epoch = 0n;
  private events = 0;
  private messages = 0;
  private reading: Promise<void> = Promise.resolve();
  private publishing: Promise<unknown> = Promise.resolve();

  constructor(transport: Transport) {
    this.adapter = createClient(AdapterService, transport);
    this.bot = createClient(BotService, transport);
    this.deliveries = createClient(DeliveryService, transport);
  }

  /** Connects the chat service with the bot. */
  async connect(): Promise<void> {
    this.abort = new AbortController();
    await this.register();
    const ready = new Promise<void>((resolve, reject) => {
      this.reading = this.read(resolve).catch((error: unknown) => {
        if (this.abort.signal.aborted) return;
        reject(error);
        this.fail(`the bot has ended: ${errorText(error)}`);
      });
    });
    await ready;
  }

  private async register(): Promise<void> {
    const full = CapabilityLevel.FULL;
    const levels = {
      thread: full,
      reply: full,
      direct: full,
      roster: full,
      members: full,
      edit: full,
      delete: full,
      reaction: full,
    };
    const capabilities = create(CapabilitiesSchema, { levels });
    const info = {
      service: name,
      account: name,
      botUser: { userId: self, name: self },
      capabilities,
      wantsSettled: true,
    };
    const registered = await patiently(() => this.bot.register({ replica, manifest: { adapter: info } }));
    this.account = registered.accountId;
    const report = { accountId: this.account, replica, connected: true, capabilities };
    this.epoch = (await this.adapter.reportStatus(report)).epoch;
  }

  async disconnect(): Promise<void> {
    this.abort.abort();
    await this.reading;
  }

  /** Waits for no outcome any more. */
  fail(why: string): void {
    for (const { fail } of this.waiting.values()) fail(new Error(why));
    this.waiting.clear();
  }

  /** Says something and waits until every delivery of it has its outcome. */
  async say(user: string, room: string | undefined, text: string, edit?: string): Promise<Outcome[]> {
    this.people.add(user);
    if (room) this.channels.add(room);
    const eventId = `event-${++this.events}`;
    const messageId = edit ?? `said-${++this.messages}`;
    const settled = new Promise<Outcome[]>((settle, fail) => this.waiting.set(eventId, { settle, fail }));
    settled.catch(() => {}); // also if it is not taken at all
    const event = create(EventSchema, {
      eventId,
      accountId: this.account,
      occurTime: timestampNow(),
      actor: { userId: user, name: user, mentionName: user },
      address: { room: { by: { case: "roomId", value: room ?? direct(user) } } },
      roomKind: room ? RoomKind.CHANNEL : RoomKind.DIRECT,
      kind: {
        case: "message",
        value: { change: edit ? Change.UPDATED : Change.CREATED, message: { messageId, content: { text } } },
      },
    });
    // One at a time, so that the order of events is known.
    const request = { accountId: this.account, epoch: this.epoch, replica, events: [event] };
    const published = this.publishing.then(() => this.adapter.publishEvents(request));
    this.publishing = published.catch(() => {});
    const [refused] = (await Promise.race([published, settled.then(() => published)])).errors;
    if (refused) throw new Error(`the bot does not take the message: ${refused.error?.message}`);
    return settled;
  }

  /** What was said in a room since the last look. */
  look(room: string, by: Speaker): string[] {
    const found = this.said.filter((said) => said.room === room && said.by === by);
    for (const said of found) this.said.splice(this.said.indexOf(said), 1);
    return found.map(({ text }) => text);
  }

  private async read(ready: () => void): Promise<void> {
    const stream = this.deliveries.subscribe({ replica, maxInFlight: 16 }, { signal: this.abort.signal });
    for await (const { frames } of stream) {
      ready();
      for (const frame of frames) await this.take(frame);
    }
  }

  private async take({ kind }: Frame): Promise<void> {
    switch (kind.case) {
      case "delivery":
        return this.operate(kind.value);
      case "settled":
        return this.settle(kind.value);
      case "query":
        return this.answer(kind.value);
    }
  }

  private settle({ eventId, outcomes }: Settled): void {
    this.waiting.get(eventId)?.settle(outcomes);
    this.waiting.delete(eventId);
  }

  private async operate({ deliveryId, leaseId, payload }: Delivery): Promise<void> {
    const messageId = payload.case === "operation" ? this.perform(payload.value) : "";
    const result = { case: "operation" as const, value: { state: SendState.SENT, messageId } };
    await this.deliveries.complete({
      replica,
      completions: [{ deliveryId, leaseId, kind: { case: "done", value: { result } } }],
    });
  }

  private perform({ kind }: Extract<Delivery["payload"], { case: "operation" }>["value"]): string {
    switch (kind.case) {
      case "send": {
        const { message, reason } = kind.value;
        this.said.push({
          room: place(message?.to),
          text: message?.content?.text ?? "",
          by: speakers[reason] ?? "handler",
        });
        return `posted-${++this.messages}`;
      }
      case "update":
        this.deeds.push({ kind: "updated", message: kind.value.messageId, what: kind.value.content?.text ?? "" });
        break;
      case "delete":
        this.deeds.push({ kind: "deleted", message: kind.value.messageId, what: "" });
        break;
      case "reaction":
        this.deeds.push({
          kind: kind.value.remove ? "unreacted" : "reacted",
          message: kind.value.messageId,
          what: kind.value.emoji,
        });
        break;
    }
    return "";
  }

  private async answer({ queryId, kind }: Query): Promise<void> {
    const user = (userId: string) => ({ userId, name: userId, mentionName: userId });
    const room = (roomId: string) => ({ roomId, name: roomId, kind: RoomKind.CHANNEL });
    const answer = { queryId, users: [] as ReturnType<typeof user>[], rooms: [] as ReturnType<typeof room>[] };
    switch (kind.case) {
      case "user":
        if (this.people.has(kind.value.by.value ?? "")) answer.users = [user(kind.value.by.value ?? "")];
        break;
      case "users":
      case "members":
        answer.users = [...this.people].map(user);
        break;
      case "room":
        if (this.channels.has(kind.value.roomId)) answer.rooms = [room(kind.value.roomId)];
        break;
      case "rooms":
        answer.rooms = [...this.channels].map(room);
        break;
    }
    await this.adapter.answerQueries({ answers: [answer] });
  }
}

/** Waits for a bot that does not listen yet. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!transient(error) || tries === 200) throw error;
      await pause(20);
    }
  }
}

/** The direct room of a user. */
export function direct(user: string): string {
  return `dm-${user}`;
}

function place(to: Address | undefined): string {
  const by = to?.room?.by;
  if (by?.case === "userId") return direct(by.value);
  return by?.case === "roomId" ? by.value : "";
}
