// Which callback runs: it is named when it blocks this process, and when something that it
// did not wait for fails.

import { AsyncLocalStorage } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import type { Log } from "./log.js";

/** How long a callback may keep everything else from running, in milliseconds. */
const longBlock = 1_000;
const lookEvery = 250;

const running = new AsyncLocalStorage<string>();

/** The callback in which this runs, or which began it; undefined outside one. */
export function callbackHere(): string | undefined {
  return running.getStore();
}

/**
 * Watches the callbacks of a replica. While one computes, nothing else runs in a process of
 * node: no other callback, no reply and no heartbeat.
 */
export class Watch {
  /** Which callbacks ran since the last look, and how many of each still do. */
  private readonly since = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private looked = 0;
  private used = performance.eventLoopUtilization();

  constructor(private readonly log: Log) {}

  /** Runs a callback. */
  async run(declared: string, callback: () => Promise<void>): Promise<void> {
    this.since.set(declared, (this.since.get(declared) ?? 0) + 1);
    if (!this.timer) {
      this.looked = performance.now();
      this.used = performance.eventLoopUtilization();
      this.timer = setInterval(() => this.look(), lookEvery);
      this.timer.unref();
    }
    try {
      const begun = performance.now();
      const returned = running.run(declared, callback);
      const now = performance.now();
      if (now - begun >= longBlock) {
        this.warn(now - begun, [declared]);
        this.looked = now;
      }
      await returned;
    } finally {
      this.since.set(declared, (this.since.get(declared) ?? 1) - 1);
    }
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    const now = performance.now();
    // While the process or the machine stands still nothing runs here either.
    const used = performance.eventLoopUtilization();
    const { active } = performance.eventLoopUtilization(used, this.used);
    const blocked = Math.min(now - this.looked - lookEvery, active);
    this.looked = now;
    this.used = used;
    if (blocked >= longBlock) this.warn(blocked, [...this.since.keys()]);
    for (const [declared, n] of this.since) if (n === 0) this.since.delete(declared);
    if (this.since.size === 0) this.end();
  }

  private warn(ms: number, callbacks: readonly string[]): void {
    const which = callbacks.length > 3 ? `one of ${callbacks.length} callbacks` : callbacks.join(" or ");
    this.log.warn(
      `nothing else ran in this process for ${Math.round(ms)} ms, during ${which}: ` +
        "let it compute in a worker thread, use calls that do not block, or await something in between",
      callbacks.length > 3 ? { callbacks } : {},
    );
  }
}
