// Keeps a stream of deliveries open, and leaves it without losing one.

import type { Deliveries } from "./deliveries.js";
import { reasonOf } from "./errors.js";
import type { Frame } from "./gen/openchatops/v1/delivery_pb.js";
import type { Link } from "./link.js";
import type { Log } from "./log.js";
import type { Registration } from "./registration.js";
import { Stream } from "./stream.js";
import { aborted, Backoff } from "./time.js";

/** How long a replica that stops waits for what is on its way. */
const leaveGrace = 5_000;

/** Who subscribes. */
export interface Subscriber {
  readonly replica: string;
  readonly inFlight: number;
  readonly deliveries: Deliveries;
  readonly registration: Registration;
  readonly link: Link;
  readonly log: Log;
  /** Ends when the replica is told to stop. */
  readonly soft: AbortSignal;
  /** Ends when the replica has ended. */
  readonly life: AbortSignal;
  /** Takes a frame. It does not wait. */
  frame(frame: Frame): void;
  /** A stream is open. */
  opened(): void;
  /** No new delivery is started from now on. */
  leaving(): void;
  /** Waits while the bot sends more than it granted and takes no completions. */
  uncrowded(signal: AbortSignal): Promise<void>;
}

/** Keeps a stream open until told to stop. After a Drain the new stream opens before the old one is left. */
export async function subscribe(by: Subscriber): Promise<void> {
  const { registration, soft, link } = by;
  const stop = aborted(soft);
  const backoff = new Backoff();
  let old: Stream | undefined;
  let forgotten = false;
  while (!soft.aborted) {
    const again = forgotten; // the stream before ended because the bot did not know this replica
    forgotten = false;
    const { generation } = registration;
    const stream = open(by);
    await Promise.race([stream.ready.opened, stream.done, stop]);
    if (stream.ready.isOpen) {
      backoff.reset();
      old?.cancel();
      old = undefined;
      by.opened();
    }
    await Promise.race([stream.drained.opened, stream.done, stop]);
    if (soft.aborted) {
      await leave(by, stream, old);
      return;
    }
    if (stream.drained.isOpen) {
      old?.cancel();
      old = stream;
      await backoff.sleep(soft);
      continue;
    }
    const error = await stream.done;
    forgotten = await registration.again(error, generation, soft);
    if (forgotten && !again) continue;
    if (soft.aborted) break;
    by.log.warn("the stream of deliveries ended; opening it again", { error: link.why(error) });
    await backoff.sleep(soft);
  }
  old?.cancel();
}

function open(by: Subscriber): Stream {
  const { current } = by.link;
  return new Stream(by.deliveries, by.replica, by.inFlight, {
    frame: (frame) => by.frame(frame),
    silent: () => by.link.replace(current),
    uncrowded: (signal) => by.uncrowded(signal),
  });
}

/**
 * Ends the streams of a replica that stops. A frame that the bot has sent counts as
 * started, so a stream is not just closed: the bot is asked to end it behind its last
 * frame, and what still comes is released. [OCO-LIF-55]
 */
async function leave(by: Subscriber, ...streams: (Stream | undefined)[]): Promise<void> {
  by.leaving();
  const late = AbortSignal.any([by.life, AbortSignal.timeout(leaveGrace)]);
  for (const stream of streams) {
    if (!stream) continue;
    // What is on its way before the first frame is on its way all the same.
    if (by.link.connected) await Promise.race([stream.ready.opened, stream.done, aborted(late)]);
    if (stream.ready.isOpen && !stream.drained.isOpen) {
      if (await ends(by, late)) await Promise.race([stream.done, stream.drained.opened, aborted(late)]);
    }
    stream.cancel();
  }
}

/** Asks the bot to end the stream, and says whether it will. A bot that stops does so unasked, or says that nothing more comes. */
async function ends(by: Subscriber, late: AbortSignal): Promise<boolean> {
  try {
    await by.deliveries.leave(by.replica, late);
    return true;
  } catch (error) {
    if (reasonOf(error) === "DRAINING") return true;
    if (!late.aborted) {
      by.log.warn("the bot does not end the stream of deliveries; what is on its way may end unknown", {
        error: by.link.why(error),
      });
    }
    return false;
  }
}
