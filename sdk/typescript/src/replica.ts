// This process as one replica of its handler: it registers, takes deliveries, proves
// that it lives, and leaves in order.

import { hostname } from "node:os";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { Call, type StopReason } from "./call.js";
import { Client } from "./client.js";
import { Completer } from "./completer.js";
import { cut, errorText, GivenUpError, reasonOf, transient } from "./errors.js";
import { BotService, type Manifest, type RegisterResponse } from "./gen/openchatops/v1/bot_pb.js";
import type { Completion, CompletionResult } from "./gen/openchatops/v1/completion_pb.js";
import { CancelReason, type Delivery, DeliveryService, type Frame } from "./gen/openchatops/v1/delivery_pb.js";
import { type Lease, Leases } from "./leases.js";
import type { Link } from "./link.js";
import { type Log, logWith } from "./log.js";
import { callTimeout } from "./rpc.js";
import { Stream } from "./stream.js";
import { aborted, Backoff, milliseconds, pause } from "./time.js";

const heartbeatEvery = 10_000;
/** How long the last completions, and callbacks that were cancelled, may take when a process stops. */
const flushGrace = 10_000;
/** How long a replica that stops waits for what is on its way. */
const leaveGrace = 5_000;
/** How often in a row the bot may refuse the key. */
const keysAllowed = 3;
/** What is said of settings that are refused, in bytes. */
const maxProblem = 2 << 10;
/** How many unsent completions hold up the stream. */
const maxWaiting = 4096;

/** What a replica runs. */
export interface Plugin {
  readonly name: string;
  readonly inFlight: number;
  manifest(): Manifest;
  /** Takes the bot's answer to a registration; a text says why the plugin does not take its settings. */
  registered(response: RegisterResponse, log: Log): string | undefined;
  /** Where in the author's code a route stands. */
  declaredAt(route: string): string;
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

/** Its settings are not taken, by the bot or by itself. */
class SettingsError extends GivenUpError {}

export class Replica {
  private readonly id: string;
  private readonly log: Log;
  private readonly transport: Transport;
  private readonly bot;
  private readonly deliveries;
  private readonly completer: Completer;
  private readonly leases = new Leases();
  private readonly calls = new Map<Lease, Call>();
  /** Ends when the replica is told to stop. */
  private readonly soft = new AbortController();
  /** Ends when it has ended, after draining; its reason says why. */
  private readonly life = new AbortController();
  private registering: Promise<void> | undefined;
  private generation = 0;
  private refusals = 0;
  private stopping = false;
  private limit: number;
  private doubted = false;
  private readonly finishing = new Set<Promise<void>>();
  private beatSoon = false;
  private wakeHeart: () => void = () => {};

  constructor(
    private readonly plugin: Plugin,
    private readonly options: ReplicaOptions,
  ) {
    this.id = options.replica ?? `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 6)}`;
    this.log = logWith(options.log, { plugin: plugin.name });
    this.transport = options.link.transport(options.key);
    this.bot = createClient(BotService, this.transport);
    this.deliveries = createClient(DeliveryService, this.transport);
    this.completer = new Completer((batch) => this.complete(batch), this.log, this.life.signal);
    this.limit = plugin.inFlight;
  }

  /** Registers; it resolves when the bot knows the plugin, or when it is told to stop. */
  async register(): Promise<void> {
    await this.registerAfter(0, this.soft.signal);
  }

  /** Whether the bot ever knew it. */
  get registered(): boolean {
    return this.generation > 0;
  }

  /** Takes deliveries until it is told to stop, finishes what runs and returns. It throws why it gave up. */
  async serve(): Promise<void> {
    const beating = this.heartbeats();
    await this.subscribe();
    await this.drain();
    const flush = AbortSignal.any([this.life.signal, AbortSignal.timeout(flushGrace)]);
    await Promise.race([Promise.all(this.finishing), aborted(flush)]);
    if (!(await this.completer.drained(flush)) && !this.life.signal.aborted) {
      this.log.error("the bot did not take the last completions; their deliveries end unknown");
    }
    const gaveUp = this.life.signal.aborted ? this.life.signal.reason : undefined;
    this.life.abort();
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

  // Registration.

  /** Registers unless somebody did since a generation. False if the signal came first. */
  private async registerAfter(seen: number, signal: AbortSignal): Promise<boolean> {
    while (this.generation <= seen && !signal.aborted) await (this.registering ?? this.begin(signal));
    return this.generation > seen;
  }

  private begin(signal: AbortSignal): Promise<void> {
    this.registering = this.registerAnew(signal).finally(() => {
      this.registering = undefined;
    });
    return this.registering;
  }

  /** Repeats until the bot answers or the signal comes; what it throws says that the bot never will. */
  private async registerAnew(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.registerOnce(signal);
        this.generation++;
        return;
      } catch (error) {
        if (error instanceof GivenUpError) throw error;
        if (signal.aborted) return;
        this.judge(error);
        if (!(error instanceof ConnectError) || !transient(error)) {
          const Kind = reasonOf(error) === "SETTINGS_INVALID" ? SettingsError : GivenUpError;
          throw new Kind(`the bot does not register the plugin ${this.plugin.name}: ${this.options.link.why(error)}`, {
            cause: error,
          });
        }
        this.log.warn("cannot register with the bot; trying again", { error: this.options.link.why(error) });
        await backoff.sleep(signal);
      }
    }
  }

  private async registerOnce(signal: AbortSignal): Promise<void> {
    const manifest = this.plugin.manifest();
    const request = { manifest, replica: this.id };
    const response = await this.bot.register(request, { timeoutMs: callTimeout, signal });
    this.refusals = 0;
    const problem = this.plugin.registered(response, this.log);
    if (problem === undefined) return;
    try {
      const settingsProblems = [{ text: cut(problem, maxProblem) }];
      await this.bot.register({ ...request, settingsProblems }, { timeoutMs: callTimeout, signal });
    } catch (error) {
      if (reasonOf(error) !== "SETTINGS_INVALID") throw error;
    }
    throw new SettingsError(`the plugin does not take its settings: ${problem}`);
  }

  /** Asks for new settings, behind a registration that may have those before. */
  private async settingsChanged(): Promise<void> {
    try {
      while (this.registering) await this.registering;
      await this.begin(this.life.signal);
    } catch (error) {
      if (error instanceof SettingsError) {
        this.log.error("the new settings are refused; going on with those before", { error: errorText(error) });
      } else {
        this.end(error instanceof Error ? error : new GivenUpError(String(error)));
      }
    }
  }

  /** Counts refusals of the key in a row, and looks who answers: what only a person can mend is thrown. */
  private judge(error: unknown): void {
    const { doubt } = this.options.link;
    if (doubt && !this.registered) throw doubt;
    if (doubt && !this.doubted) {
      // What it holds can still be finished when the bot comes back.
      this.doubted = true;
      this.log.error("the bot is out of reach; trying again", { error: doubt.message });
    }
    if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) return;
    if (++this.refusals < keysAllowed) return;
    throw new GivenUpError(
      `the bot does not accept the key of the plugin ${this.plugin.name} (${error.rawMessage}): make a new one with ` +
        `\`oco key new ${this.plugin.name}\`, or check that the endpoint is the right bot`,
    );
  }

  /**
   * Looks at the error of a call: registers again if the bot has forgotten the replica, and
   * ends it if it can never go on. Says whether the call may be repeated at once.
   */
  private async after(error: unknown, generation: number, signal: AbortSignal): Promise<boolean> {
    try {
      switch (reasonOf(error)) {
        case "REPLICA_NOT_FOUND": {
          const again = await this.registerAfter(generation, signal);
          this.wakeHeart();
          return again;
        }
        case "EPOCH_FENCED":
          throw new GivenUpError(`another process is the replica "${this.id}" now: ${this.options.link.why(error)}`, {
            cause: error,
          });
      }
      this.judge(error);
    } catch (why) {
      if (!signal.aborted) this.end(why instanceof Error ? why : new GivenUpError(String(why)));
    }
    return false;
  }

  private async complete(completions: Completion[]): Promise<CompletionResult[]> {
    const { generation } = this;
    try {
      const { results } = await this.deliveries.complete(
        { replica: this.id, completions },
        { timeoutMs: callTimeout, signal: this.life.signal },
      );
      this.refusals = 0;
      return results;
    } catch (error) {
      await this.after(error, generation, this.life.signal);
      throw error;
    }
  }

  // Deliveries.

  /** Keeps a stream open until told to stop. After a Drain the new stream opens before the old one is left. */
  private async subscribe(): Promise<void> {
    const stop = aborted(this.soft.signal);
    const backoff = new Backoff();
    let old: Stream | undefined;
    while (!this.soft.signal.aborted) {
      const { generation } = this;
      const stream = this.open();
      await Promise.race([stream.ready.opened, stream.done, stop]);
      if (stream.ready.isOpen) {
        backoff.reset();
        old?.cancel();
        old = undefined;
        this.wakeHeart();
      }
      await Promise.race([stream.drained.opened, stream.done, stop]);
      if (this.soft.signal.aborted) {
        await this.leave(stream, old);
        return;
      }
      if (stream.drained.isOpen) {
        old?.cancel();
        old = stream;
        await backoff.sleep(this.soft.signal);
        continue;
      }
      const error = await stream.done;
      if (await this.after(error, generation, this.soft.signal)) continue;
      if (this.soft.signal.aborted) break;
      this.log.warn("the stream of deliveries ended; opening it again", { error: this.options.link.why(error) });
      await backoff.sleep(this.soft.signal);
    }
    old?.cancel();
  }

  private open(): Stream {
    const { current } = this.options.link;
    return new Stream(this.deliveries, this.id, this.plugin.inFlight, {
      frame: (frame) => this.frame(frame),
      silent: () => this.options.link.replace(current),
      uncrowded: async (signal) => {
        while (this.completer.waiting > maxWaiting && (await pause(10, signal)));
      },
    });
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
        call?.log.info("a delivery is cancelled", { reason: text });
        call?.stop(cancelled[reason] ?? "person", `the delivery was cancelled: ${text}`);
        break;
      }
      case "settingsChanged":
        void this.settingsChanged();
        break;
    }
  }

  /** Starts a delivery, or releases it if no slot is free: nothing waits here. */
  private start(wire: Delivery): void {
    if (this.leases.known(wire.leaseId)) {
      this.log.warn("the bot sent a lease twice", { delivery: wire.deliveryId });
      return;
    }
    if (this.stopping || this.calls.size >= this.limit) {
      this.leases.remember(wire.leaseId);
      const reason = this.stopping ? "this replica stops" : "all slots of this replica are taken";
      const { deliveryId, leaseId } = wire;
      this.completer.add({ deliveryId, leaseId, kind: { case: "release", value: { reason } } }, () => {});
      return;
    }
    const client = (signal: AbortSignal) => new Client(this.transport, signal);
    const call = new Call(wire, this.completer, client, this.log, this.plugin.declaredAt(wire.route));
    const lease: Lease = { wire, over: false, cancel: (why) => call.stop("lost", why.message) };
    this.leases.hold(lease);
    this.calls.set(lease, call);
    void this.run(lease, call);
  }

  private async run(lease: Lease, call: Call): Promise<void> {
    let thrown: unknown;
    let failed = false;
    try {
      await this.plugin.run(call);
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

  // Leaving.

  private quiet: () => void = () => {};

  /**
   * Ends the streams of a replica that stops. A frame that the bot has sent counts as
   * started, so a stream is not just closed: the bot is asked to end it behind its last
   * frame, and what still comes is released. [OCO-LIF-55]
   */
  private async leave(...streams: (Stream | undefined)[]): Promise<void> {
    this.stopping = true;
    const late = AbortSignal.any([this.life.signal, AbortSignal.timeout(leaveGrace)]);
    for (const stream of streams) {
      if (!stream) continue;
      // What is on its way before the first frame is on its way all the same.
      if (this.options.link.connected) await Promise.race([stream.ready.opened, stream.done, aborted(late)]);
      if (stream.ready.isOpen && !stream.drained.isOpen) {
        try {
          await this.deliveries.leave({ replica: this.id }, { signal: late });
          await Promise.race([stream.done, stream.drained.opened, aborted(late)]);
        } catch (error) {
          if (reasonOf(error) !== "DRAINING" && !late.aborted) {
            this.log.warn("the bot does not end the stream of deliveries; what is on its way may end unknown", {
              error: this.options.link.why(error),
            });
          }
        }
      }
      stream.cancel();
    }
  }

  /** Waits for what runs, then for its cancellation. */
  private async drain(): Promise<void> {
    this.stopping = true;
    if (!(await this.quietWithin(this.options.graceMs))) {
      this.log.warn("callbacks still run at the end of the grace; they are cancelled", { running: this.calls.size });
      for (const call of this.calls.values()) call.stop("stopping", "the process stops");
      if (!(await this.quietWithin(flushGrace))) {
        this.log.error("callbacks do not end though they were cancelled; their deliveries end unknown");
      }
    }
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

  // Heartbeats.

  /** Names what is held every 10 s and cancels what is lost, until the replica ends. */
  private async heartbeats(): Promise<void> {
    let next = heartbeatEvery;
    while (!this.life.signal.aborted) {
      const woken = new AbortController();
      this.wakeHeart = () => {
        this.beatSoon = true;
        woken.abort();
      };
      this.life.signal.addEventListener("abort", this.wakeHeart, { once: true });
      if (!this.beatSoon) await pause(next, woken.signal);
      this.life.signal.removeEventListener("abort", this.wakeHeart);
      this.beatSoon = false;
      if (!this.life.signal.aborted) next = await this.heartbeat();
    }
  }

  /** Returns when the next one is due. */
  private async heartbeat(): Promise<number> {
    const { generation } = this;
    const held = this.leases.all().map(({ wire: { deliveryId, leaseId } }) => ({ deliveryId, leaseId }));
    try {
      const response = await this.deliveries.heartbeat(
        { replica: this.id, held },
        { timeoutMs: heartbeatEvery, signal: this.life.signal },
      );
      this.refusals = 0;
      for (const id of response.lostLeaseIds) {
        const lease = this.leases.get(id);
        if (!lease || lease.over) continue; // else its verdict tells
        this.log.warn("the lease of a delivery is lost", { delivery: lease.wire.deliveryId });
        lease.cancel(new Error("the bot has given the delivery up or to another replica"));
        this.leases.drop(lease);
      }
      return Math.min(milliseconds(response.next) || heartbeatEvery, heartbeatEvery);
    } catch (error) {
      const again = await this.after(error, generation, this.life.signal);
      if (!again && !this.life.signal.aborted)
        this.log.warn("a heartbeat failed", { held: held.length, error: this.options.link.why(error) });
      return Math.random() * 2000;
    }
  }
}
