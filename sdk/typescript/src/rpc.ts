// How calls to the bot are repeated, and what their errors become.

import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import { explained } from "./errors.js";
import { Backoff } from "./time.js";

/** How long a call may take. */
export const callTimeout = 15_000;

export function calling(signal?: AbortSignal): CallOptions {
  return { timeoutMs: callTimeout, ...(signal ? { signal } : {}) };
}

/** Makes a call whose error an author reads. */
export async function asked<T>(
  signal: AbortSignal | undefined,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  try {
    return await call(calling(signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error);
  }
}

/** Repeats a call that may be repeated while the bot is out of reach. */
export async function persist<T>(
  signal: AbortSignal | undefined,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const backoff = new Backoff();
  for (;;) {
    try {
      return await call(calling(signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (!away(error)) throw explained(error);
      if (!(await backoff.sleep(signal))) signal?.throwIfAborted();
    }
  }
}

/** Whether nobody can tell if the bot got the call. */
function away(error: unknown): boolean {
  return (
    !(error instanceof ConnectError) ||
    error.code === Code.Unavailable ||
    error.code === Code.DeadlineExceeded ||
    error.code === Code.Aborted
  );
}
