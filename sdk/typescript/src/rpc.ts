// How calls to the bot are repeated, and what their errors become.

import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import { explained, reasonOf } from "./errors.js";
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

const lost = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Aborted, Code.Canceled]);

/** Whether nobody can tell if the bot got the call. An error with a reason is the bot's word, but that it starts or stops. */
function away(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false;
  if (error.code === Code.Unavailable) return true;
  if (reasonOf(error) !== "") return false;
  // An error of a socket, such as that there is none, is none of the bot's.
  return lost.has(error.code) || (error.cause instanceof Error && "code" in error.cause);
}
