// This process as one replica of its handler: it registers, takes deliveries, runs their
// callbacks, and leaves in order.

import { hostname } from "node:os";
import { createClient, type Transport } from "@connectrpc/connect";
import { Call } from "./call.js";
import { Completer } from "./completer.js";
import { Deliveries } from "./deliveries.js";
import { GivenUpError } from "./errors.js";
import { BotService } from "./gen/openchatops/v1/bot_pb.js";
import type { Completion, CompletionResult } from "./gen/openchatops/v1/completion_pb.js";
import { CancelReason, type Delivery, DeliveryService, type Frame } from "./gen/openchatops/v1/delivery_pb.js";
import { Heart } from "./heart.js";
import { type Lease, Leases } from "./leases.js";
import type { Link } from "./link.js";
import { type Log, logWith } from "./log.js";
import { type Offer, Registration } from "./registration.js";
import { callTimeout } from "./rpc.js";
import type { StopReason } from "./stopped.js";
import { subscribe } from "./subscription.js";
import { aborted, pause } from "./time.js";
import { Watch } from "./watch.js";

/** How long the last completions, and callbacks that were cancelled, may take when a process stops. */
const flushGrace = 10_000;
/** How many unsent completions hold up the stream. */
const maxWaiting = 4096;

/** What a replica runs. */
export interface Plugin extends Offer {
  readonly inFlight: number;
  /** The declaration of a route, and where in the author's code it stands. */
  declared(route: string): string;
  /** Says that a delivery matched its route as it was before. */
  outdated(delivery: Delivery): boolean;
  /** Runs the callback of a route. */
  run(call: Call): Promise<void>;
}

export interface ReplicaOptions {
  readonly link: Link;
  readonly key: string;
  readonly log: Log;
  /** Names this process; unless given: host, process id and a random part. */
  readonly replica?: string;
  /** How long callbacks may go on after the process was told to stop. */
  readonly graceMs: number;
}

const cancelled: Partial<Record<CancelReason, StopReason>> = {
  [CancelReason.MAX_RUN]: "max_run",
  [CancelReason.PERSON]: "person",
  [CancelReason.SETTLED]: "settled",
};

export class Replica {
  private readonly id: string;
  private readonly log: Log;
  private readonly transport: Transport;
  private readonly deliveries;
  private readonly registration: Registration;
  private readonly heart: Heart;
  private readonly completer: Completer;
  private readonly leases = new Leases();
  private readonly calls = new Map<Lease, Call>();
  private readonly watch: Watch;
  /** Ends when the replica is told to stop. */
  private readonly soft = new AbortController();
  /** Ends when it has ended, after draining; its reason says why. */
  private readonly life = new AbortController();
  private readonly finishing = new Set<Promise<void>>();
  private stopping = false;
  private limit: number;
  private quiet: () => void = () => {};

  constructor(
    private readonly plugin: Plugin,
    private readonly options: ReplicaOptions,
  ) {
    this.id = options.replica ?? `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 6)}`;
    this.log = logWith(options.log, { plugin: plugin.name });
    this.transport = options.link.transport(options.key);
    this.deliveries = new Deliveries(createClient(DeliveryService, this.transport));
    const { link } = options;
    const { id: replica, log, deliveries, leases } = this;
    this.registration = new Registration(plugin, {
      replica,
      bot: createClient(BotService, this.transport),
      link,
      log,
      known: () => this.heart.wake(),
      features: (names) => this.deliveries.features(names),
      end: (why) => this.end(why),
    });
    const { registration } = this;
    this.heart = new Heart({ replica, deliveries, registration, leases, link, log, life: this.life.signal });
    this.completer = new Completer((batch, bytes) => this.complete(batch, bytes), log, this.life.signal);
    this.watch = new Watch(log);
    this.limit = plugin.inFlight;
  }

  /** Registers; it resolves when the bot knows the plugin, or when it is told to stop. */
  async register(): Promise<void> {
    await this.registration.after(0, this.soft.signal);
  }

  /** Whether the bot ever knew it. */
  get registered(): boolean {
    return this.registration.generation > 0;
  }

  /** Takes deliveries until it is told to stop, finishes what runs and returns. It throws why it gave up. */
  async serve(): Promise<void> {
    const beating = this.heart.run();
    const { link } = this.options;
    await subscribe({
      replica: this.id,
      inFlight: this.plugin.inFlight,
      deliveries: this.deliveries,
      registration: this.registration,
      link,
      log: this.log,
      soft: this.soft.signal,
      life: this.life.signal,
      frame: (frame) => this.frame(frame),
      opened: () => this.heart.wake(),
      leaving: () => {
        this.stopping = true;
      },
      uncrowded: async (signal) => {
        do {
          if (this.completer.waiting <= maxWaiting) return;
          this.deliveries.unread();
        } while (await pause(10, signal));
      },
    });
    await this.drain();
    const flush = AbortSignal.any([this.life.signal, AbortSignal.timeout(flushGrace)]);
    await Promise.race([Promise.all(this.finishing), aborted(flush)]);
    if (!(await this.completer.drained(flush)) && !this.life.signal.aborted) {
      this.log.error("the bot did not take the last completions; their deliveries end unknown");
    }
    const gaveUp = this.life.signal.aborted ? this.life.signal.reason : undefined;
    this.life.abort();
    this.watch.end();
    await beating;
    if (gaveUp) throw gaveUp;
  }

  /** Tells it to stop, in order. */
  stop(): void {
    this.soft.abort();
  }

  /** Ends it at once, as if the process had been killed: nothing is finished, released or said. */
  kill(): void {
    this.end(new GivenUpError("killed"));
  }

  private end(why: Error): void {
    if (this.life.signal.aborted) return;
    this.life.abort(why);
    this.soft.abort();
    for (const call of this.calls.values()) call.stop("killed", why.message);
  }

  private async complete(completions: Completion[], bytes: number): Promise<CompletionResult[]> {
    const { registration } = this;
    const { generation } = registration;
    try {
      const { results } = await this.deliveries.complete({ replica: this.id, completions }, bytes, {
        timeoutMs: callTimeout,
        signal: this.life.signal,
      });
      registration.accepted();
      return results;
    } catch (error) {
      await registration.again(error, generation, this.life.signal);
      throw error;
    }
  }

  private frame(frame: Frame): void {
    const { kind } = frame;
    switch (kind.case) {
      case "ready":
        if (kind.value.maxInFlight > 0) this.limit = Math.min(kind.value.maxInFlight, this.plugin.inFlight);
        break;
      case "delivery":
        this.start(kind.value);
        break;
      case "cancel": {
        const lease = this.leases.ofDelivery(kind.value.deliveryId);
        const call = lease && this.calls.get(lease);
        const { reason, text } = kind.value;
        call?.stop(cancelled[reason] ?? "person", `the delivery was cancelled: ${text}`);
        break;
      }
      case "settingsChanged":
        void this.registration.settingsChanged(this.life.signal);
        break;
    }
  }

  /** Starts a delivery, or releases it if no slot is free: nothing waits here. */
  private start(wire: Delivery): void {
    if (this.leases.known(wire.leaseId)) {
      this.log.warn("the bot sent a lease twice", { delivery: wire.deliveryId });
      return;
    }
    const declared = this.plugin.declared(wire.route);
    const outdated = this.plugin.outdated(wire);
    if (this.stopping || outdated || this.calls.size >= this.limit) {
      this.leases.remember(wire.leaseId);
      const full = outdated ? "the route has changed since" : "all slots of this replica are taken";
      const reason = this.stopping ? "this replica stops" : full;
      const { deliveryId, leaseId } = wire;
      this.completer.add({ deliveryId, leaseId, kind: { case: "release", value: { reason } } }, declared, () => {});
      return;
    }
    const call = new Call(wire, this.completer, this.transport, this.log, declared);
    const lease: Lease = { wire, over: false, cancel: (why) => call.stop("lost", why.message) };
    this.leases.hold(lease);
    this.calls.set(lease, call);
    void this.run(lease, call);
  }

  private async run(lease: Lease, call: Call): Promise<void> {
    let thrown: unknown;
    let failed = false;
    try {
      await this.watch.run(call.declared, () => this.plugin.run(call));
    } catch (error) {
      [thrown, failed] = [error, true];
    }
    lease.over = true;
    this.calls.delete(lease);
    if (this.life.signal.aborted) return;
    const finished = call.finish(thrown, failed, () => this.leases.drop(lease));
    this.finishing.add(finished);
    void finished.finally(() => this.finishing.delete(finished));
    if (this.calls.size === 0) this.quiet();
  }

  /** Waits for what runs, then for its cancellation. */
  private async drain(): Promise<void> {
    this.stopping = true;
    if (await this.quietWithin(this.options.graceMs)) return;
    const running = this.running();
    this.log.warn("callbacks still run at the end of the grace; they are cancelled", { running });
    for (const call of this.calls.values()) call.stop("stopping", "the process stops");
    if (await this.quietWithin(flushGrace)) return;
    this.log.error(
      "callbacks do not end though they were cancelled, and their deliveries end unknown: " +
        "pass the signal on to what they wait for",
      { running: this.running() },
    );
  }

  /** Which callbacks run. */
  private running(): string[] {
    return [...new Set([...this.calls.values()].map(({ declared }) => declared))];
  }

  private async quietWithin(ms: number): Promise<boolean> {
    if (this.calls.size === 0 || this.life.signal.aborted) return true;
    const quiet = new Promise<boolean>((resolve) => {
      this.quiet = () => resolve(true);
    });
    return Promise.race([
      quiet,
      aborted(this.life.signal).then(() => true),
      pause(ms, this.life.signal).then(() => this.calls.size === 0),
    ]);
  }
}
