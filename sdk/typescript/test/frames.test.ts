// What a replica does with frames that a bot should not send, or sends when it stops.

import { deepStrictEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Verdict } from "../src/gen/openchatops/v1/completion_pb.js";
import { AttachResponseSchema, type CompleteRequest } from "../src/gen/openchatops/v1/delivery_pb.js";
import { Handler } from "../src/index.js";
import { frameOf, ready, startFakeBot } from "./fakebot.js";
import { newLog } from "./testlog.js";

/** Something that a test waits for. */
function newEvent() {
  let happen: () => void = () => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happen, happened };
}

/** A bot's DeliveryService that takes all completions and notes them. */
function noting(completed: string[], noted: () => void = () => {}) {
  return {
    heartbeat: () => ({}),
    leave: () => ({}),
    complete({ completions }: CompleteRequest) {
      completed.push(...completions.map(({ deliveryId, kind }) => `${deliveryId} ${kind.case}`));
      noted();
      return { results: completions.map(() => ({ verdict: Verdict.COMMITTED })) };
    },
  };
}

const bot = { register: () => ({ routes: [{ route: "ping" }] }) };

// OCO-SIZ-6
test("a lease that comes twice runs once, and what finds no free slot is released", async (t) => {
  const completed: string[] = [];
  const [released, done, over] = [newEvent(), newEvent(), newEvent()];
  const endpoint = await startFakeBot(t, {
    bot,
    delivery: {
      ...noting(completed, () => (completed.includes("d1 done") ? done : released).happen()),
      async *subscribe() {
        yield { frames: [ready, frameOf("d1", "ping"), frameOf("d1", "ping"), frameOf("d2", "ping")] };
        await done.happened;
        yield { frames: [frameOf("d1", "ping"), frameOf("d3", "ping")] };
        await over.happened;
      },
      leave() {
        over.happen();
        return {};
      },
    },
  });
  let runs = 0;
  const third = newEvent();
  const h = new Handler("x").command("ping", "Pong.", async () => {
    runs++;
    if (runs === 1) await released.happened;
    else third.happen();
  });
  h.maxInFlight = 1;
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await third.happened;
  await connection.stop();
  equal(runs, 2);
  deepStrictEqual(completed, ["d2 release", "d1 done", "d3 done"]);
});

// OCO-LIF-15
test("the stream of a bot that stops is kept until the next one is open, and left then", async (t) => {
  const order: string[] = [];
  const [left, over] = [newEvent(), newEvent()];
  let n = 0;
  const endpoint = await startFakeBot(t, {
    bot,
    delivery: {
      ...noting([]),
      async *subscribe(_, { signal }) {
        if (n++ > 0) {
          order.push("the next opens");
          yield { frames: [ready] };
          await over.happened;
          return;
        }
        signal.addEventListener("abort", () => {
          order.push("the first is left");
          left.happen();
        });
        yield { frames: [ready, { kind: { case: "drain" as const, value: {} } }] };
        await left.happened;
      },
      leave() {
        over.happen();
        return {};
      },
    },
  });
  const connection = await new Handler("x")
    .command("ping", "Pong.", () => {})
    .connect({ endpoint, key: "k", log: newLog() });
  await left.happened;
  await connection.stop();
  deepStrictEqual(order, ["the next opens", "the first is left"]);
});

test("an Attach that brings too much and takes nothing is ended, and nothing of it is lost", async (t) => {
  const completed: string[] = [];
  const [took, opened] = [newEvent(), newEvent()];
  const many = 4200;
  const said = Array.from({ length: many }, (_, i) => frameOf(`d${i}`, "ping"));
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "ping" }], bot: { features: ["oco.attach"] } }) },
    delivery: {
      ...noting(completed, () => completed.length === many && took.happen()),
      async *attach(requests, { signal }) {
        yield create(AttachResponseSchema, { kind: { case: "frames", value: { frames: [ready, ...said] } } });
        for await (const _ of requests) if (signal.aborted) return;
      },
      async *subscribe(_, { signal }) {
        yield { frames: [ready] };
        opened.happen();
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
    },
  });
  const gate = newEvent();
  const h = new Handler("x").command("ping", "Pong.", () => gate.happened);
  h.maxInFlight = 1;
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await opened.happened;
  gate.happen();
  await took.happened;
  await connection.kill();
  equal(completed.filter((line) => line.endsWith("release")).length, many - 1);
  equal(new Set(completed).size, many);
});
