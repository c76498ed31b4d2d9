// Why a callback should stop.

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
