// Completions on their way to the bot: one call in flight, and what is said meanwhile
// rides in the next.

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorText, explanation, reasonOf, retryDelay, statusError, transient } from "./errors.js";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import type { Status } from "./gen/google/rpc/status_pb.js";
import {
  type Completion,
  type CompletionResult,
  CompletionSchema,
  Verdict,
} from "./gen/openchatops/v1/completion_pb.js";
import { type Log, logWith } from "./log.js";
import { Backoff, pause } from "./time.js";

const maxItems = 64; // OCO-SIZ-2
const maxBytes = 1 << 20;
const maxReason = 4 << 10;

/** Why the bot did not take a completion. */
export class RefusedError extends Error {
  override name = "RefusedError";
  constructor(
    message: string,
    readonly reason: string,
  ) {
    super(message);
  }
}

interface Waiting {
  wire: Completion;
  size: number;
  /** Gets the verdict, once: undefined if the bot took it or had it already. */
  settled: (refused: RefusedError | undefined) => void;
  /** It stands for one that the bot would not take. */
  replaced: boolean;
  /** If a guard of its transaction does not hold the delivery may run again. */
  again: boolean;
  /** The declaration of its route, and where that stands. */
  declared: string;
}

/** What a completion is made of. */
export type CompletionInit = MessageInitShape<typeof CompletionSchema>;

/**
 * Sends completions, each the same until the bot gave a verdict. Nothing is lost while
 * the bot is out of reach; how much may wait is bounded by the credit and by what one
 * callback may leave unsent.
 */
export class Completer {
  private queue: Waiting[] = [];
  private sending = 0;
  private running = false;
  private idle: (() => void)[] = [];
  private readonly full = new Backoff();

  constructor(
    private readonly call: (batch: Completion[], bytes: number) => Promise<CompletionResult[]>,
    private readonly log: Log,
    private readonly life: AbortSignal,
  ) {}

  /** How many wait that are not on their way. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Queues a completion of a route; it throws if that cannot be encoded. */
  add(init: CompletionInit, declared: string, settled: Waiting["settled"], again = false): void {
    const wire = create(CompletionSchema, init);
    this.push({ wire, size: sizeOf(wire), settled, replaced: false, again, declared });
  }

  /** Waits until every completion has its verdict; false if the signal came first. */
  async drained(signal: AbortSignal): Promise<boolean> {
    while (this.queue.length + this.sending > 0) {
      if (signal.aborted) return false;
      await new Promise<void>((resolve) => {
        this.idle.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return true;
  }

  private push(waiting: Waiting): void {
    this.queue.push(waiting);
    if (this.running) return;
    this.running = true;
    // What ends in the same turn leaves together.
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0 && !this.life.aborted) await this.send(this.take());
    this.running = false;
    for (const wake of this.idle.splice(0)) wake();
  }

  /**
   * Removes the next batch. What a delivery says behind its progress is not in the
   * batch of that, so that it cannot be taken before it.
   */
  private take(): Waiting[] {
    const underway = new Set<string>();
    let n = 0;
    let size = 0;
    for (const waiting of this.queue) {
      size += waiting.size;
      if (n === maxItems || (n > 0 && size > maxBytes) || underway.has(waiting.wire.deliveryId)) break;
      if (!final(waiting.wire)) underway.add(waiting.wire.deliveryId);
      n++;
    }
    this.sending += n;
    return this.queue.splice(0, n);
  }

  /** Repeats a batch until the bot answers it, or the replica ends. */
  private async send(batch: Waiting[]): Promise<void> {
    const backoff = new Backoff();
    for (;;) {
      try {
        const bytes = batch.reduce((sum, { size }) => sum + size, 0);
        const results = await this.call(
          batch.map(({ wire }) => wire),
          bytes,
        );
        if (results.length !== batch.length) {
          throw new ConnectError(
            `the bot answered ${batch.length} completions with ${results.length} results`,
            Code.Internal,
          );
        }
        await this.settle(batch, results);
        return;
      } catch (error) {
        if (this.life.aborted) return;
        if (!transient(error) && reasonOf(error) !== "REPLICA_NOT_FOUND") {
          await this.dissect(batch, error);
          return;
        }
        this.log.warn("the bot did not take completions; they are sent again", {
          completions: batch.length,
          error: errorText(error),
        });
        const wait = retryDelay(error);
        if (!(await (wait === undefined ? backoff.sleep(this.life) : pause(wait, this.life)))) return;
      }
    }
  }

  /** Sends the items of a refused batch one by one: one that the bot cannot take holds up no other. */
  private async dissect(batch: Waiting[], error: unknown): Promise<void> {
    const [first] = batch;
    if (batch.length === 1 && first) {
      this.refuse(first, new RefusedError(errorText(error), reasonOf(error)));
      return;
    }
    for (const waiting of batch) await this.send([waiting]);
  }

  private async settle(batch: Waiting[], results: CompletionResult[]): Promise<void> {
    const full: Waiting[] = [];
    batch.forEach((waiting, i) => {
      const result = results[i];
      if (result?.verdict !== Verdict.REFUSED) {
        this.end(waiting, undefined);
        return;
      }
      const refused = refusal(result.error);
      if (refused.reason === "QUEUE_FULL") full.push(waiting);
      else this.refuse(waiting, refused);
    });
    if (full.length === 0) {
      this.full.reset();
      return;
    }
    this.log.warn("the bot's outbox is full; completions with replies are sent again", { completions: full.length });
    this.queue.unshift(...full);
    this.sending -= full.length;
    await this.full.sleep(this.life);
  }

  /**
   * Deals with a completion that the bot will never take. If the delivery is still
   * ours it is failed instead, so that it does not end in silence.
   */
  private refuse(waiting: Waiting, refused: RefusedError): void {
    const { deliveryId, leaseId } = waiting.wire;
    const log = logWith(this.log, { delivery: deliveryId });
    if (!final(waiting.wire) || refused.reason === "LEASE_LOST" || waiting.replaced) {
      log.warn(`${waiting.declared}: the bot does not take what it said: ${refused.message}`);
      this.end(waiting, refused);
      return;
    }
    log.error(`${waiting.declared}: the bot does not take its end, and the delivery is failed: ${refused.message}`);
    const why = `its completion was refused: ${refused.message}`.slice(0, maxReason);
    const again = waiting.again && refused.reason === "GUARD_FAILED";
    const wire = create(CompletionSchema, {
      deliveryId,
      leaseId,
      kind: again
        ? { case: "retry", value: { reason: why } }
        : { case: "fail", value: { error: { code: Code.Unknown, message: why } } },
    });
    this.sending--;
    this.queue.push({ ...waiting, wire, size: sizeOf(wire), replaced: true });
  }

  private end(waiting: Waiting, refused: RefusedError | undefined): void {
    this.sending--;
    waiting.settled(refused);
  }
}

function refusal(status: Status | undefined): RefusedError {
  if (!status) return new RefusedError("the bot refused the completion and did not say why", "");
  const { reason = "", metadata } = statusError(status).findDetails(ErrorInfoSchema)[0] ?? {};
  return new RefusedError(explanation(reason, status.message, metadata), reason);
}

/** What a completion takes at most. Most say little, and are not encoded only to be measured. */
export function sizeOf(wire: Completion): number {
  const { kind, sends } = wire;
  const short = sends.reduce((sum, { message }) => sum + 256 + 3 * (message?.content?.text.length ?? 0), 512);
  const plain = kind.case === "done" && !kind.value.transact && sends.every(({ message }) => !message?.to);
  return plain && short < 8 << 10 ? short : toBinary(CompletionSchema, wire).length + 8;
}

function final(wire: Completion): boolean {
  return wire.kind.case !== "progress";
}
