// Proof that a replica lives, every 10 s, and the news of what it does not hold any more.

import type { Deliveries } from "./deliveries.js";
import type { Leases } from "./leases.js";
import type { Link } from "./link.js";
import type { Log } from "./log.js";
import type { Registration } from "./registration.js";
import { milliseconds, pause } from "./time.js";

const every = 10_000;

/** Whose heart it is. */
export interface Body {
  readonly replica: string;
  readonly deliveries: Deliveries;
  readonly registration: Registration;
  readonly leases: Leases;
  readonly link: Link;
  readonly log: Log;
  /** Ends when the replica has ended. */
  readonly life: AbortSignal;
}

export class Heart {
  private soon = false;
  /** The bot was not reached with what is held, and that was said. */
  private unheard = false;
  /** The last beat met a bot that did not know this replica. */
  private forgotten = false;
  private rouse: () => void = () => {};

  constructor(private readonly body: Body) {}

  /** Beats at once: the bot may have forgotten what is held. */
  wake(): void {
    this.soon = true;
    this.rouse();
  }

  /** Names what is held and cancels what is lost, until the replica ends. */
  async run(): Promise<void> {
    const { life } = this.body;
    let next = every;
    while (!life.aborted) {
      const woken = new AbortController();
      this.rouse = () => woken.abort();
      life.addEventListener("abort", this.rouse, { once: true });
      if (!this.soon) await pause(next, woken.signal);
      life.removeEventListener("abort", this.rouse);
      this.soon = false;
      if (!life.aborted) next = await this.beat();
    }
  }

  /** Returns when the next one is due, in milliseconds. */
  private async beat(): Promise<number> {
    const { replica, deliveries, registration, leases, link, log, life } = this.body;
    const { generation } = registration;
    const held = leases.all().map(({ wire: { deliveryId, leaseId } }) => ({ deliveryId, leaseId }));
    try {
      const response = await deliveries.heartbeat({ replica, held }, { timeoutMs: every, signal: life });
      this.unheard = this.forgotten = false;
      registration.accepted();
      for (const id of response.lostLeaseIds) {
        const lease = leases.get(id);
        if (!lease || lease.over) continue; // else its verdict tells
        lease.cancel(new Error("the bot has given the delivery up or to another replica"));
        leases.drop(lease);
      }
      return Math.min(milliseconds(response.next) || every, every);
    } catch (error) {
      const again = await registration.again(error, generation, life);
      if (again && this.forgotten) this.soon = false; // a bot that forgets each time is not asked without a pause
      this.forgotten = again;
      if (!again && !life.aborted) {
        const text = "cannot tell the bot that deliveries still run here; trying again";
        const attributes = { held: held.length, error: link.why(error) };
        // That the bot is away is said once, and by the stream if nothing runs.
        if (held.length === 0 || this.unheard) log.debug(text, attributes);
        else {
          this.unheard = true;
          log.warn(text, attributes);
        }
      }
      return Math.random() * 2000;
    }
  }
}
