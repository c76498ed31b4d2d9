// One run of one callback, from the delivery to its final completion.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type Client, type MessageOptions, outgoing } from "./client.js";
import { type Completer, type CompletionInit, RefusedError } from "./completer.js";
import { cut, EndedError, errorText, Permanent, RetryAfter, Tell } from "./errors.js";
import type { Delivery } from "./gen/openchatops/v1/delivery_pb.js";
import { type AddressSchema, type Send, SendSchema } from "./gen/openchatops/v1/message_pb.js";
import { RunPolicy } from "./gen/openchatops/v1/route_pb.js";
import { type Log, logWith } from "./log.js";
import { Transaction } from "./store.js";
import { duration } from "./time.js";

const flushAfter = 100; // how long a reply waits for the completion to take it along
const flushBytes = 512 << 10; // when it does not wait
const maxSends = 64; // OCO-SIZ-14
// A callback that replies faster than the bot takes it is failed here.
const maxUnsent = 1000;
const maxUnsentBytes = 4 << 20;
const maxReason = 4 << 10;
const maxText = 64 << 10;
const defaultMaxRun = 60_000;

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

/**
 * Why the signal of a callback was aborted: its max_run is over; a person or an operator
 * cancelled the delivery; another attempt has ended it; the bot has given the lease up; the
 * process was told to stop and its grace is over; the connection was killed.
 */
export type StopReason = "max_run" | "person" | "settled" | "lost" | "stopping" | "killed";

/** The reason of a callback's signal. What the callback says from then on may come to nothing. */
export class Stopped extends Error {
  override name = "Stopped";
  constructor(
    readonly reason: StopReason,
    text: string,
  ) {
    super(text);
  }
}

export class Call {
  readonly signal: AbortSignal;
  readonly client: Client;
  readonly log: Log;
  readonly transaction = new Transaction();
  private readonly abort = new AbortController();
  private readonly keys = new Set<string>();
  private queued: Send[] = [];
  private queuedBytes = 0;
  private number = 0;
  private unsent = 0;
  private underway = 0; // batches without a verdict
  private unsentBytes = 0;
  private problem: Error | undefined;
  private ended = false;
  private flushTimer: NodeJS.Timeout | undefined;
  private runTimer: NodeJS.Timeout | undefined;
  private leaving: Promise<RefusedError | undefined> = Promise.resolve(undefined);

  constructor(
    readonly wire: Delivery,
    private readonly completer: Pick<Completer, "add">,
    client: (signal: AbortSignal) => Client,
    log: Log,
    /** Where in the author's code the route stands. */
    private readonly declared: string,
  ) {
    this.signal = this.abort.signal;
    this.client = client(this.signal);
    const trace = wire.traceparent.length === 55 ? { trace: wire.traceparent.slice(3, 35) } : {};
    this.log = logWith(log, { delivery: wire.deliveryId, route: wire.route, ...trace });
    this.bound(wire.maxRun ? durationMs(wire.maxRun) : defaultMaxRun);
  }

  /** Ends the signal. */
  stop(reason: StopReason, text: string): void {
    if (!this.signal.aborted) this.abort.abort(new Stopped(reason, text));
  }

  reply(text: string, options: ReplyOptions): Reply {
    const send = this.newSend(text, options);
    if (send instanceof Error) {
      this.problem ??= send;
      this.log.error("a reply was not taken", { error: send, declared: this.declared });
      return this.handle("", () => Promise.reject(send));
    }
    this.queued.push(send);
    this.queuedBytes += bytesOf(send);
    if (this.queuedBytes >= flushBytes || this.queued.length === maxSends) void this.flush();
    else this.flushTimer ??= setTimeout(() => void this.flush(), flushAfter);
    return this.handle(send.key, () => this.taken());
  }

  async replyNow(text: string, options: ReplyOptions): Promise<Reply> {
    const send = this.newSend(text, options);
    if (send instanceof Error) throw send;
    try {
      await this.taken();
      if (send.message)
        await this.client.sendInDelivery(this.wire.deliveryId, this.wire.leaseId, send.key, send.message);
    } finally {
      this.took(1, bytesOf(send));
    }
    return this.handle(send.key, () => Promise.resolve());
  }

  async extend(ms: number): Promise<void> {
    duration(ms, "extend");
    if (ms === 0) throw new RangeError("extend(0) must be above zero");
    if (this.ended) throw this.late();
    const refused = await this.flush(ms);
    if (refused) throw refused;
    this.bound(ms);
  }

  /**
   * Completes the delivery well, or with what the callback threw. It resolves when the
   * completion is on its way: what was said before is judged first, because a reply that
   * the bot refuses fails the delivery.
   */
  async finish(thrown: unknown, failed: boolean, settled: () => void): Promise<void> {
    this.ended = true;
    clearTimeout(this.flushTimer);
    clearTimeout(this.runTimer);
    let judge: (refused: RefusedError | undefined) => void = () => {};
    const verdict = new Promise<RefusedError | undefined>((resolve) => {
      judge = resolve;
    });
    const before = this.leaving;
    this.leaving = before.then(async (refused) => refused ?? (await verdict));
    if (this.underway > 0) await before;
    this.complete(thrown, failed, (refused) => {
      settled();
      judge(refused);
    });
  }

  private complete(thrown: unknown, failed: boolean, settled: (refused: RefusedError | undefined) => void): void {
    let error = failed ? thrown : undefined;
    if (this.problem) {
      error = failed
        ? new AggregateError([this.problem, thrown], `${this.problem.message}; ${errorText(thrown)}`)
        : this.problem;
      failed = true;
    }
    const { deliveryId, leaseId } = this.wire;
    const repeatable = this.wire.runPolicy === RunPolicy.REPEATABLE;
    const transact = this.transaction.toWire();
    const kind: NonNullable<CompletionInit["kind"]> = failed
      ? judged(error, repeatable && !this.problem, thrown)
      : { case: "done", value: transact ? { transact } : {} };
    if (failed) {
      const retry = kind.case === "retry";
      this.log.warn(`the callback failed; it is declared at ${this.declared}`, { error: traced(error), retry });
    }
    try {
      this.completer.add({ deliveryId, leaseId, sends: this.queued, kind }, settled, repeatable);
    } catch (cannot) {
      // A value of another type than the compiler would have let pass.
      const why = `what the callback wants to be done cannot be sent: ${errorText(cannot)}`;
      this.log.error(why, { declared: this.declared });
      this.completer.add({ deliveryId, leaseId, kind: judged(new Error(why), false) }, settled);
    }
    this.queued = [];
  }

  /** Ends the callback after a while, counted from now. */
  private bound(ms: number): void {
    clearTimeout(this.runTimer);
    if (this.ended) return;
    const text = `the callback ran longer than its max_run of ${ms} ms`;
    this.runTimer = setTimeout(() => this.stop("max_run", text), Math.min(ms, 2 ** 31 - 1));
    this.runTimer.unref();
  }

  private flush(extend?: number): Promise<RefusedError | undefined> {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (this.ended || (this.queued.length === 0 && extend === undefined)) return this.leaving;
    const [sends, bytes] = [this.queued, this.queuedBytes];
    this.queued = [];
    this.queuedBytes = 0;
    const { deliveryId, leaseId } = this.wire;
    const before = this.leaving;
    this.underway++;
    const now = new Promise<RefusedError | undefined>((resolve) => {
      const judge = (refused: RefusedError | undefined) => {
        this.underway--;
        this.took(sends.length, bytes);
        if (refused?.reason === "LEASE_LOST")
          this.stop("lost", "the bot has given the delivery up or to another replica");
        else if (refused && sends.length > 0)
          this.problem ??= new Error(`what was replied was not taken: ${refused.message}`);
        resolve(refused);
      };
      const value = extend === undefined ? {} : { extend: duration(extend, "extend") };
      try {
        this.completer.add({ deliveryId, leaseId, sends, kind: { case: "progress", value } }, judge);
      } catch (cannot) {
        judge(new RefusedError(errorText(cannot), ""));
      }
    });
    this.leaving = before.then(async (refused) => refused ?? (await now));
    return now;
  }

  /** Waits until the bot has all that was replied so far. */
  private async taken(): Promise<void> {
    void this.flush();
    const refused = await this.leaving;
    if (refused) throw new Error(`what was replied before was not taken: ${refused.message}`);
  }

  private took(n: number, bytes: number): void {
    this.unsent -= n;
    this.unsentBytes -= bytes;
  }

  private handle(key: string, taken: () => Promise<void>): Reply {
    return new Reply(`${this.wire.deliveryId}/${key}`, this.client, taken, this.wire.deliveryId);
  }

  private late(): EndedError {
    return new EndedError(
      `the callback of the route "${this.wire.route}" (${this.declared}) has returned, and its delivery is over: ` +
        "await all that it starts, or send with a client that outlives it",
    );
  }

  private newSend(text: string, options: ReplyOptions): Send | Error {
    if (this.ended) return this.late();
    const key = options.key ?? String(++this.number);
    if (options.key !== undefined) {
      if (!/^[A-Za-z0-9._~-]{1,64}$/.test(key))
        return new RangeError(`reply key "${key}": must be 1 to 64 characters of A-Za-z0-9._~-`);
      if (/^\d+$/.test(key)) return new RangeError(`reply key "${key}": numbers are the library's`);
      if (this.keys.has(key)) return new RangeError(`reply key "${key}" was used twice in one delivery`);
    }
    try {
      const message = outgoing(text, options, this.address(options));
      const send = create(SendSchema, { key, message });
      const bytes = bytesOf(send);
      if (this.unsent >= maxUnsent || this.unsentBytes + bytes > maxUnsentBytes) {
        return new RangeError(
          `${this.unsent} replies of ${this.unsentBytes} bytes wait to be taken by the bot; no more are queued`,
        );
      }
      if (options.key !== undefined) this.keys.add(key);
      this.unsent++;
      this.unsentBytes += bytes;
      return send;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Where a reply goes; undefined is where the delivery came from. */
  private address(options: ReplyOptions): MessageInitShape<typeof AddressSchema> | undefined {
    const event = this.wire.payload.case === "event" ? this.wire.payload.value : undefined;
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
}

/** What becomes of a delivery that failed, and what its callback threw, if that is not all of it. */
function judged(error: unknown, repeatable: boolean, thrown = error): NonNullable<CompletionInit["kind"]> {
  const reason = cut(errorText(error), maxReason);
  if (error instanceof RetryAfter)
    return { case: "retry", value: { delay: duration(error.delayMs, "RetryAfter"), reason } };
  if (repeatable && !(error instanceof Tell) && !(error instanceof Permanent))
    return { case: "retry", value: { reason } };
  const userText = thrown instanceof Tell ? cut(thrown.userText, maxText) : "";
  return { case: "fail", value: { userText, error: { code: Code.Unknown, message: reason } } };
}

function bytesOf(send: Send): number {
  return Buffer.byteLength(send.message?.content?.text ?? "");
}

/** The stack of what an author threw, from its cause on. */
function traced(error: unknown): string {
  if (!(error instanceof Error)) return errorText(error);
  const cause = error.cause instanceof Error ? `\ncaused by: ${traced(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
