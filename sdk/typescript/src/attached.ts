// One Attach: the calls of a replica over the stream on which its deliveries come, because
// that costs less. It has no meaning of its own.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Client as RPC } from "@connectrpc/connect";
import { statusError } from "./errors.js";
import {
  type AttachRequest,
  AttachRequestSchema,
  type AttachResponse,
  type DeliveryService,
  type SubscribeRequestSchema,
  type SubscribeResponse,
} from "./gen/openchatops/v1/delivery_pb.js";

/** A call that Attach carries. */
export type Call = NonNullable<MessageInitShape<typeof AttachRequestSchema>["kind"]>;
/** What a call is answered with. */
export type Answer = AttachResponse["kind"];

interface Asked {
  /** Takes the answer; undefined: there is none. */
  answer(response: AttachResponse | undefined): void;
}

export class Attached {
  private readonly unsent: AttachRequest[] = [];
  private readonly asked = new Map<bigint, Asked>();
  private last = 0n;
  private over = false;
  private wake: () => void = () => {};

  constructor(
    private readonly rpc: Pick<RPC<typeof DeliveryService>, "attach">,
    private readonly subscribe: MessageInitShape<typeof SubscribeRequestSchema>,
  ) {}

  /** Opens the stream and gives its frames. Answers are handed out between them, so it must be read on. */
  async *frames(signal: AbortSignal): AsyncGenerator<SubscribeResponse> {
    try {
      for await (const response of this.rpc.attach(this.requests(), { signal })) {
        if (response.kind.case === "frames") yield response.kind.value;
        else this.asked.get(response.call)?.answer(response); // else nobody waits for it any more
      }
    } finally {
      this.over = true;
      this.wake();
      for (const asked of this.asked.values()) asked.answer(undefined);
    }
  }

  /** Makes a call. undefined: the stream brings no answer, and the call can be made again by itself. */
  ask(kind: Call, timeoutMs: number): Promise<Answer | undefined> {
    if (this.over) return Promise.resolve(undefined);
    const call = ++this.last; // [OCO-ATT-3]
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.asked.delete(call);
        reject(new ConnectError("the bot did not answer in time", Code.DeadlineExceeded));
      }, timeoutMs);
      const answer = (response: AttachResponse | undefined) => {
        clearTimeout(late);
        this.asked.delete(call);
        if (response?.error)
          reject(statusError(response.error)); // [OCO-ATT-5]
        else resolve(response?.kind);
      };
      this.asked.set(call, { answer });
      this.unsent.push(create(AttachRequestSchema, { call, kind }));
      this.wake();
    });
  }

  private async *requests(): AsyncGenerator<AttachRequest> {
    yield create(AttachRequestSchema, { kind: { case: "subscribe", value: this.subscribe } }); // [OCO-ATT-1]
    while (!this.over) {
      yield* this.unsent.splice(0);
      if (this.unsent.length > 0 || this.over) continue;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
