// Which deliveries this process holds, and which it held.

import type { Delivery } from "./gen/openchatops/v1/delivery_pb.js";

/** How many leases that ended are known as such, so that a frame that comes twice runs nothing twice. */
const remembered = 1024;

/** A delivery in the hands of this process: from its frame to the verdict over its final completion. */
export interface Lease {
  readonly wire: Delivery;
  /** Ends the callback's signal. */
  cancel(why: Error): void;
  /** The callback has returned: its completion is on its way. */
  over: boolean;
}

export class Leases {
  private readonly held = new Map<string, Lease>();
  private readonly past = new Set<string>();

  known(leaseId: string): boolean {
    return this.held.has(leaseId) || this.past.has(leaseId);
  }

  hold(lease: Lease): void {
    this.held.set(lease.wire.leaseId, lease);
  }

  /** Makes a lease a thing of the past. */
  drop(lease: Lease): void {
    this.held.delete(lease.wire.leaseId);
    this.remember(lease.wire.leaseId);
  }

  remember(leaseId: string): void {
    this.past.add(leaseId);
    if (this.past.size <= remembered) return;
    const [oldest] = this.past;
    if (oldest !== undefined) this.past.delete(oldest);
  }

  get(leaseId: string): Lease | undefined {
    return this.held.get(leaseId);
  }

  /** The newest lease of a delivery. */
  ofDelivery(deliveryId: string): Lease | undefined {
    return this.all().findLast((lease) => lease.wire.deliveryId === deliveryId);
  }

  all(): Lease[] {
    return [...this.held.values()];
  }
}
