// How often and how soon is tried again what the bot refuses, or does not answer.

import { deepStrictEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "../src/errors.js";
import { type Subscriber, subscribe } from "../src/subscription.js";
import { Backoff } from "../src/time.js";
import { ready, refusal } from "./fakebot.js";
import { newLog } from "./testlog.js";

test("waits grow to less than the term of a lease", (t) => {
  t.mock.method(Math, "random", () => 1);
  const backoff = new Backoff();
  const waits = Array.from({ length: 100 }, () => backoff.next());
  deepStrictEqual(waits.splice(0, 6), [500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  deepStrictEqual([...new Set(waits)], [20_000]);
  backoff.reset();
  equal(backoff.next(), 500);
});

test("a wait is drawn from all that are shorter, and is waited for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(Math, "random", () => 0.25);
  const backoff = new Backoff();
  for (let n = 0; n < 6; n++) backoff.next();
  let over: boolean | undefined;
  const slept = backoff.sleep().then((waited) => {
    over = waited;
  });
  t.mock.timers.tick(4_999);
  await new Promise(setImmediate);
  equal(over, undefined);
  t.mock.timers.tick(1);
  await slept;
  equal(over, true);
  const stop = new AbortController();
  const stopped = backoff.sleep(stop.signal);
  stop.abort();
  equal(await stopped, false);
  equal(await backoff.sleep(stop.signal), false);
});

test("a stream of a replica that the bot knows none of the times is not opened without a pause", async (t) => {
  const happened: string[] = [];
  t.mock.method(Backoff.prototype, "next", function (this: { failures: number }) {
    happened.push(`pause${this.failures++}`);
    return 0;
  });
  const forgotten = refusal(Code.NotFound, "REPLICA_NOT_FOUND");
  const cut = new ConnectError("cut", Code.Unavailable);
  // What becomes of each stream: whether it brings a frame, and how it ends; one that does not is drained.
  const streams = [
    { opens: false, ends: forgotten },
    { opens: false, ends: forgotten },
    { opens: true, ends: forgotten },
    { opens: false, ends: cut },
    { opens: true, ends: forgotten },
    { opens: false, ends: forgotten },
    { opens: false, ends: cut },
    { opens: true },
    { opens: true, ends: cut },
  ];
  const stop = new AbortController();
  await subscribe({
    replica: "one",
    inFlight: 1,
    deliveries: {
      async *subscribe(_: unknown, { signal }: { readonly signal: AbortSignal }) {
        const stream = streams.shift();
        if (!stream) {
          stop.abort();
          throw cut;
        }
        happened.push("open");
        if (stream.opens) yield { frames: stream.ends ? [ready] : [ready, { kind: { case: "drain", value: {} } }] };
        if (stream.ends) throw stream.ends;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        happened.push("left");
      },
    },
    registration: { generation: 1, again: async (error: unknown) => reasonOf(error) === "REPLICA_NOT_FOUND" },
    link: { why: () => "cut" },
    log: newLog(),
    soft: stop.signal,
    life: stop.signal,
    frame: () => {},
    opened: () => {},
    leaving: () => {},
    uncrowded: async () => {},
  } as unknown as Subscriber);
  deepStrictEqual(happened, [
    ...["open", "open", "pause0"], // the first repeat is at once
    ...["open", "pause0", "open", "pause1", "open", "open", "pause0"], // and again behind another end
    ...["open", "pause1", "open", "pause0", "open", "left", "pause0"], // one that opened begins to count anew
  ]);
});
