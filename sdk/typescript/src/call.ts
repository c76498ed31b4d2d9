// One run of one callback, from the delivery to its final completion.

import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import { Client, sendInDelivery } from "./client.js";
import { type Completer, type CompletionInit, RefusedError } from "./completer.js";
import { EndedError, errorText, misuse, wholeText } from "./errors.js";
import { failureOf, placeOf, stackOf } from "./failure.js";
import type { Delivery } from "./gen/openchatops/v1/delivery_pb.js";
import type { Send } from "./gen/openchatops/v1/message_pb.js";
import { RunPolicy } from "./gen/openchatops/v1/route_pb.js";
import { type Log, logWith } from "./log.js";
import { bytesOf, ownKey, Reply, type ReplyOptions, sendOf } from "./reply.js";
import { Stopped, type StopReason } from "./stopped.js";
import { Transaction } from "./store.js";
import { duration } from "./time.js";

const flushAfter = 100; // how long a reply waits for the completion to take it along
const flushBytes = 512 << 10; // when it does not wait
const maxSends = 64; // OCO-SIZ-14
// A callback that replies faster than the bot takes it is failed here.
const maxUnsent = 1000;
const maxUnsentBytes = 4 << 20;
const maxLeftBytes = 1 << 20;
const defaultMaxRun = 60_000;

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
  private flood: Error | undefined;
  // What the bot did not take because the lease is lost, for the final completion.
  private left: Send[] = [];
  private leftBytes = 0;
  private ended = false;
  private flushTimer: NodeJS.Timeout | undefined;
  private runTimer: NodeJS.Timeout | undefined;
  private leaving: Promise<RefusedError | undefined> = Promise.resolve(undefined);

  constructor(
    readonly wire: Delivery,
    private readonly completer: Pick<Completer, "add">,
    private readonly transport: Transport,
    log: Log,
    /** The declaration of the route, and where in the author's code it stands. */
    readonly declared: string,
  ) {
    this.signal = this.abort.signal;
    this.client = new Client(transport, this.signal);
    const trace = wire.traceparent.length === 55 ? { trace: wire.traceparent.slice(3, 35) } : {};
    this.log = logWith(log, { delivery: wire.deliveryId, route: wire.route, ...trace });
    this.bound(wire.maxRun ? durationMs(wire.maxRun) : defaultMaxRun);
  }

  /** Ends the signal, and says which callback should stop. */
  stop(reason: StopReason, text: string): void {
    if (this.signal.aborted) return;
    switch (reason) {
      case "max_run":
        this.log.warn(
          `${this.declared} has not returned within its maxRun, and its outcome is decided: pass its signal, ` +
            "which ends now, on to what it waits for, or give it a longer maxRun, or call msg.extend",
        );
        break;
      case "person":
      case "settled":
        this.log.info(`${this.declared} is stopped: ${text}`);
        break;
      case "lost":
        this.log.warn(`${this.declared} is stopped: ${text}; what it still says may come to nothing`);
    }
    this.abort.abort(new Stopped(reason, text));
  }

  reply(text: string, options: ReplyOptions): Reply {
    const send = this.newSend(text, options);
    if (send instanceof Error) {
      this.problem ??= send;
      if (this.ended) {
        // Of one that comes before the end, the end tells.
        const place = placeOf(send);
        this.log.error(`the reply${place ? ` at ${place}` : ""} is not said: ${send.message}`);
      }
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
      const { deliveryId, leaseId } = this.wire;
      await sendInDelivery(this.transport, this.signal, { deliveryId, leaseId, key: send.key }, send.message);
    } finally {
      this.took(1, bytesOf(send));
    }
    return this.handle(send.key, () => Promise.resolve());
  }

  async extend(ms: number): Promise<void> {
    duration(ms, "extend");
    if (ms === 0) throw misuse("extend(0) must be above zero");
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
    this.takeUp();
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
    const sends = this.queued;
    this.queued = [];
    let kind: NonNullable<CompletionInit["kind"]>;
    try {
      kind = failed
        ? failureOf(error, repeatable && !this.problem, thrown)
        : { case: "done", value: transact ? { transact } : {} };
      this.completer.add({ deliveryId, leaseId, sends, kind }, this.declared, settled, repeatable);
    } catch (cannot) {
      // A value of another type than the compiler would have let pass.
      failed = true;
      error = new Error(`what the callback wants to be done cannot be sent: ${errorText(cannot)}`);
      kind = failureOf(error, false);
      this.completer.add({ deliveryId, leaseId, kind }, this.declared, settled);
    }
    if (failed) this.tellFailure(error, kind.case === "retry");
  }

  /**
   * Puts what was refused with the lease before what is queued: the bot may take the end
   * all the same, and then nothing is missing that was said before it.
   */
  private takeUp(): void {
    if (this.left.length === 0) return;
    const sends = [...this.left, ...this.queued];
    if (sends.length > maxSends || this.leftBytes + this.queuedBytes > maxLeftBytes)
      this.problem ??= new Error(`${sends.length} replies are left, which are too many for one completion`);
    else this.queued = sends;
    this.left = [];
  }

  private tellFailure(error: unknown, retry: boolean): void {
    const place = placeOf(error);
    const what = `${this.declared} ${retry ? "is run again, because it failed" : "failed"}${place ? ` at ${place}` : ""}`;
    this.log.warn(`${what}: ${wholeText(error)}`, stackOf(error));
  }

  /** Ends the callback after a while, counted from now. */
  private bound(ms: number): void {
    clearTimeout(this.runTimer);
    if (this.ended) return;
    const tooLong = () => this.stop("max_run", `the callback ran longer than its maxRun of ${ms} ms`);
    this.runTimer = setTimeout(tooLong, Math.min(ms, 2 ** 31 - 1));
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
        if (refused?.reason === "LEASE_LOST") {
          this.left.push(...sends);
          this.leftBytes += bytes;
          this.stop("lost", "the bot has given the delivery up or to another replica");
        } else if (refused && sends.length > 0)
          this.problem ??= new Error(`what was replied was not taken: ${refused.message}`);
        resolve(refused);
      };
      const value = extend === undefined ? {} : { extend: duration(extend, "extend") };
      try {
        this.completer.add({ deliveryId, leaseId, sends, kind: { case: "progress", value } }, this.declared, judge);
      } catch (cannot) {
        judge(new RefusedError(errorText(cannot), ""));
      }
    });
    this.leaving = before.then(async (refused) => {
      const own = await now;
      return refused ?? own;
    });
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
      `${this.declared} has returned, and its delivery is over: ` +
        "await all that it starts, or send with a client that outlives it",
    );
  }

  private newSend(text: string, options: ReplyOptions): Send | Error {
    if (this.ended) return this.late();
    try {
      const key = options.key === undefined ? String(++this.number) : ownKey(options.key, this.keys);
      const send = sendOf(key, text, options, this.wire);
      const bytes = bytesOf(send);
      if (this.unsent >= maxUnsent || this.unsentBytes + bytes > maxUnsentBytes) {
        // Made once, since a callback that replies too fast does so again.
        this.flood ??= misuse(
          `${this.unsent} replies of ${this.unsentBytes} bytes wait to be taken by the bot; no more are queued`,
        );
        return this.flood;
      }
      if (options.key !== undefined) this.keys.add(key);
      this.unsent++;
      this.unsentBytes += bytes;
      return send;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
