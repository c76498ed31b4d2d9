// Waiting, and how long to wait after failures.

import { type Duration, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";

/** Waits; false if the signal came first. */
export function pause(ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const stop = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(true);
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

const first = 500;
const most = 20_000; // less than the term of a lease

/** Counts failures in a row. */
export class Backoff {
  private failures = 0;

  /** Draws how long to wait: full jitter below 0.5 s, 1 s and so on to 20 s. */
  next(): number {
    const limit = this.failures < 6 ? first << this.failures : most;
    this.failures++;
    return Math.random() * limit;
  }

  /** Waits for what next drew; false if the signal came first. */
  sleep(signal?: AbortSignal): Promise<boolean> {
    return pause(this.next(), signal);
  }

  reset(): void {
    this.failures = 0;
  }
}

const longest = 315_576_000_000_000; // of the wire: some 10,000 years

/** A time span for the wire, in whole milliseconds, rounded up. What it is of stands in the error if it is none. */
export function duration(ms: number, what: string): Duration {
  if (typeof ms !== "number" || !(ms >= 0 && ms <= longest))
    throw new RangeError(`${what}: ${String(ms)} is no number of milliseconds`);
  return durationFromMs(Math.ceil(ms));
}

export function milliseconds(wire: Duration | undefined): number {
  return wire ? durationMs(wire) : 0;
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
