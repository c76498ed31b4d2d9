// One Subscribe or Attach: frames from the bot, until one side ends it.

import type { Deliveries } from "./deliveries.js";
import type { Frame } from "./gen/openchatops/v1/delivery_pb.js";
import { milliseconds } from "./time.js";

/** How long the bot may send nothing: two heartbeats missed. */
const silence = 20_000;

export interface StreamEvents {
  /** Takes a frame. It does not wait. */
  frame(frame: Frame): void;
  /** The bot sent nothing, not even its heartbeat. */
  silent(): void;
  /** Waits while the bot sends more than it granted and takes no completions. */
  uncrowded(signal: AbortSignal): Promise<void>;
}

export class Stream {
  /** Resolved at the first frame. */
  readonly ready = new Latch();
  /** Resolved when the bot says that it stops. */
  readonly drained = new Latch();
  /** Resolved with why it ended. */
  readonly done: Promise<unknown>;
  private readonly abort = new AbortController();

  constructor(
    deliveries: Deliveries,
    replica: string,
    maxInFlight: number,
    private readonly events: StreamEvents,
  ) {
    this.done = this.read(deliveries, replica, maxInFlight).then(
      () => new Error("the bot ended the stream"),
      (error: unknown) => error,
    );
  }

  cancel(): void {
    this.abort.abort();
  }

  private async read(deliveries: Deliveries, replica: string, maxInFlight: number): Promise<void> {
    let limit = silence;
    let watch: NodeJS.Timeout | undefined;
    const listen = () => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        this.abort.abort(new Error("the bot was silent for longer than two heartbeats"));
        this.events.silent();
      }, limit);
    };
    listen();
    try {
      for await (const { frames } of deliveries.subscribe({ replica, maxInFlight }, { signal: this.abort.signal })) {
        for (const frame of frames) {
          if (frame.kind.case === "ready" && frame.kind.value.heartbeatInterval) {
            limit = 2 * milliseconds(frame.kind.value.heartbeatInterval) || silence;
          }
          if (frame.kind.case === "drain") this.drained.open();
          this.events.frame(frame);
        }
        this.ready.open();
        clearTimeout(watch);
        await this.events.uncrowded(this.abort.signal);
        listen();
      }
    } finally {
      clearTimeout(watch);
      this.abort.abort(); // also if it was not read to its end
    }
  }
}

/** Something that happens once. */
export class Latch {
  isOpen = false;
  private resolve: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });

  open(): void {
    this.isOpen = true;
    this.resolve();
  }
}
