// What a replica calls of the DeliveryService: over an Attach, where the bot has it.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Client as RPC } from "@connectrpc/connect";
import { Attached } from "./attached.js";
import { reasonOf } from "./errors.js";
import type {
  CompleteRequestSchema,
  CompleteResponse,
  DeliveryService,
  HeartbeatRequestSchema,
  HeartbeatResponse,
  SubscribeRequestSchema,
  SubscribeResponse,
} from "./gen/openchatops/v1/delivery_pb.js";

/** What a call over Attach may have at most: a message of the protocol, less what is around it. [OCO-ATT-10] */
const room = (4 << 20) - 64;

interface Options {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class Deliveries {
  private attaches = false;
  /** The last Attach did not work: the next stream is a Subscribe. */
  private plain = false;
  private attached: Attached | undefined;

  constructor(private readonly rpc: RPC<typeof DeliveryService>) {}

  /** What the bot can do. */
  features(names: readonly string[]): void {
    this.attaches = names.includes("oco.attach");
  }

  /** The stream of deliveries. From its first frame to its end it carries calls, if it is an Attach. */
  async *subscribe(
    request: MessageInitShape<typeof SubscribeRequestSchema>,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<SubscribeResponse> {
    if (!this.attaches || this.plain) {
      this.plain = false;
      yield* this.rpc.subscribe(request, { signal });
      return;
    }
    const attached = new Attached(this.rpc, request);
    let begun = false;
    try {
      for await (const frames of attached.frames(signal)) {
        // A stream that a Drain outlives takes no calls back from the one that follows it.
        if (!begun) this.attached = attached;
        begun = true;
        yield frames;
      }
    } catch (error) {
      this.plain = !begun && useless(error);
      throw error;
    } finally {
      if (this.attached === attached) this.attached = undefined;
    }
  }

  /** Ends an Attach that cannot be read on: that would hold up the answers to the very completions that wait. */
  unread(): void {
    if (!this.attached) return;
    this.plain = true;
    throw new Error("the bot sends more than it granted and takes no completions");
  }

  /** bytes is how much the completions take. */
  async complete(
    request: MessageInitShape<typeof CompleteRequestSchema>,
    bytes: number,
    options: Options,
  ): Promise<CompleteResponse> {
    if (bytes <= room) {
      const answer = await this.attached?.ask({ case: "complete", value: request }, options.timeoutMs);
      if (answer?.case === "completed") return answer.value;
    }
    return this.rpc.complete(request, options);
  }

  async heartbeat(
    request: MessageInitShape<typeof HeartbeatRequestSchema>,
    options: Options,
  ): Promise<HeartbeatResponse> {
    const answer = await this.attached?.ask({ case: "heartbeat", value: request }, options.timeoutMs);
    if (answer?.case === "heartbeat") return answer.value;
    return this.rpc.heartbeat(request, options);
  }

  async leave(replica: string, signal: AbortSignal): Promise<void> {
    await this.rpc.leave({ replica }, { signal });
  }
}

/** Whether a Subscribe may do better than an Attach that ended before its first frame: not if the bot is away, or said why. */
function useless(error: unknown): boolean {
  const reason = reasonOf(error);
  if (reason !== "") return reason === "FEATURE_MISSING";
  return !(error instanceof ConnectError) || error.code !== Code.Unavailable;
}
