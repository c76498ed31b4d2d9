// What goes over Attach, and what goes by itself.

import { deepStrictEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Client as RPC } from "@connectrpc/connect";
import { Attached } from "../src/attached.js";
import { Deliveries } from "../src/deliveries.js";
import { reasonOf } from "../src/errors.js";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { Verdict } from "../src/gen/openchatops/v1/completion_pb.js";
import {
  type AttachRequest,
  type AttachResponse,
  AttachResponseSchema,
  type DeliveryService,
} from "../src/gen/openchatops/v1/delivery_pb.js";
import { Handler } from "../src/index.js";
import { frameOf, ready, refusal, startFakeBot } from "./fakebot.js";
import { newLog } from "./testlog.js";

type Response = MessageInitShape<typeof AttachResponseSchema>;

const response = (init: Response) => create(AttachResponseSchema, init);
const never = new AbortController().signal;
const options = { timeoutMs: 15_000, signal: never };
const frames = response({ kind: { case: "frames", value: { frames: [ready] } } });

/** Deliveries of a bot whose Attach is what a test says, and what was called beside it, with what. */
function attachingTo(attach: (requests: AsyncIterator<AttachRequest>) => AsyncIterable<AttachResponse>) {
  const called: string[] = [];
  const given: unknown[][] = [];
  const rpc = {
    async *attach(requests: AsyncIterable<AttachRequest>, options: unknown) {
      called.push("attach");
      given.push([options]);
      yield* attach(requests[Symbol.asyncIterator]());
    },
    async *subscribe(...call: unknown[]) {
      called.push("subscribe");
      given.push(call);
      yield { frames: [] };
    },
    async complete(...call: unknown[]) {
      called.push("complete");
      given.push(call);
      return { results: [] };
    },
    async heartbeat(...call: unknown[]) {
      called.push("heartbeat");
      given.push(call);
      return { lostLeaseIds: ["alone"] };
    },
    async leave(...call: unknown[]) {
      called.push("leave");
      given.push(call);
      return {};
    },
  };
  const deliveries = new Deliveries(rpc as unknown as RPC<typeof DeliveryService>);
  deliveries.features(["oco.attach"]);
  const read = (async () => {
    for await (const _ of deliveries.subscribe({ replica: "one" }, { signal: never }));
  })();
  read.catch(() => {}); // who waits for it hears of it
  return { deliveries, called, given, read };
}

async function taken(requests: AsyncIterator<AttachRequest>): Promise<AttachRequest> {
  const { value, done } = await requests.next();
  if (done) throw new Error("there is no more");
  return value;
}

test("calls get their own answers, in whatever order, and frames come between them", async () => {
  const said: string[] = [];
  const { deliveries, called, read } = attachingTo(async function* (requests) {
    const first = await taken(requests);
    said.push(`${first.call} ${first.kind.case}`);
    yield frames;
    const complete = await taken(requests);
    const refused = await taken(requests);
    const heartbeat = await taken(requests);
    said.push(...[complete, refused, heartbeat].map(({ call, kind }) => `${call} ${kind.case}`));
    yield response({ call: heartbeat.call, kind: { case: "heartbeat", value: { lostLeaseIds: ["l"] } } });
    yield frames;
    yield response({ call: 99n, kind: { case: "heartbeat", value: {} } });
    yield response({ call: refused.call, error: { code: Code.Aborted, message: "not now" } });
    yield response({ call: complete.call, kind: { case: "completed", value: { results: [{ deliveryId: "d" }] } } });
  });
  while (called.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  const answers = await Promise.allSettled([
    deliveries.complete({ completions: [{ deliveryId: "d" }] }, 10, options),
    deliveries.complete({}, 10, options),
    deliveries.heartbeat({}, options),
  ]);
  await read;
  deepStrictEqual(said, ["0 subscribe", "1 complete", "2 complete", "3 heartbeat"]);
  const [complete, refused, heartbeat] = answers;
  equal(complete.status === "fulfilled" && complete.value.results[0]?.deliveryId, "d");
  match(String(refused.status === "rejected" && refused.reason), /\[aborted\] not now/);
  deepStrictEqual(heartbeat.status === "fulfilled" && heartbeat.value.lostLeaseIds, ["l"]);
  deepStrictEqual(called, ["attach"]);
});

test("a refusal over Attach has its reason", async () => {
  const { deliveries } = attachingTo(async function* (requests) {
    await taken(requests);
    yield frames;
    const { call } = await taken(requests);
    const info = create(ErrorInfoSchema, { reason: "REPLICA_NOT_FOUND", domain: "openchatops.org" });
    yield response({
      call,
      error: { code: Code.NotFound, message: "who?", details: [anyPack(ErrorInfoSchema, info)] },
    });
    await taken(requests);
  });
  await new Promise(setImmediate);
  await rejects(deliveries.heartbeat({}, options), (error) => reasonOf(error) === "REPLICA_NOT_FOUND");
});

test("a call to which the stream brings no answer is made by itself, and so is one that does not fit", async () => {
  const { deliveries, called, read } = attachingTo(async function* (requests) {
    await taken(requests);
    yield frames;
    equal((await taken(requests)).kind.case, "heartbeat"); // and ends without an answer
  });
  await new Promise(setImmediate);
  await deliveries.complete({}, 5 << 20, options);
  deepStrictEqual((await deliveries.heartbeat({}, options)).lostLeaseIds, ["alone"]);
  await read;
  await deliveries.complete({}, 10, options);
  deepStrictEqual(called, ["attach", "complete", "heartbeat", "complete"]);
});

test("a call over Attach is not waited for longer than one by itself", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { deliveries, called } = attachingTo(async function* (requests) {
    await taken(requests);
    yield frames;
    await taken(requests);
    await new Promise(() => {});
  });
  await new Promise(setImmediate);
  const late: string[] = [];
  const judge = (what: string) => (error: unknown) => {
    late.push(what);
    ok(error instanceof ConnectError && error.code === Code.DeadlineExceeded, String(error));
  };
  const beat = deliveries.heartbeat({}, { ...options, timeoutMs: 10_000 }).catch(judge("heartbeat"));
  const completed = deliveries.complete({}, 10, options).catch(judge("complete"));
  t.mock.timers.tick(9_999);
  await new Promise(setImmediate);
  deepStrictEqual(late, []);
  t.mock.timers.tick(1);
  await beat;
  t.mock.timers.tick(4_999);
  await new Promise(setImmediate);
  deepStrictEqual(late, ["heartbeat"]);
  t.mock.timers.tick(1);
  await completed;
  deepStrictEqual(late, ["heartbeat", "complete"]);
  deepStrictEqual(called, ["attach"]);
});

test("an Attach begins with what a Subscribe asks for, and ends with its signal", async () => {
  const begun: unknown[] = [];
  const { deliveries, given, read } = attachingTo(async function* (requests) {
    const { kind } = await taken(requests);
    if (kind.case === "subscribe") begun.push(kind.value.replica, kind.value.maxInFlight);
    yield frames;
  });
  await read;
  deepStrictEqual(begun, ["one", 0]);
  const { signal } = new AbortController();
  await deliveries.subscribe({ replica: "two", maxInFlight: 7 }, { signal }).next();
  deepStrictEqual(begun, ["one", 0, "two", 7]);
  const signals = given.map(([call]) => (call as { readonly signal: AbortSignal }).signal);
  ok(signals[0] === never && signals[1] === signal && signals.length === 2);
  deliveries.features([]);
  await deliveries.subscribe({ replica: "three" }, { signal }).next();
  deepStrictEqual(given.at(-1), [{ replica: "three" }, { signal }]);
});

for (const waits of [false, true])
  test(`an Attach that is over sends nothing, waits for nothing and keeps nothing, its requests ${waits ? "awaited" : "about to be"}`, async () => {
    let sent: AsyncIterator<AttachRequest> | undefined;
    const attached = new Attached(
      {
        async *attach(requests: AsyncIterable<AttachRequest>) {
          sent = requests[Symbol.asyncIterator]();
          await taken(sent);
          const { call } = await taken(sent);
          yield response({ call, kind: { case: "heartbeat", value: {} } });
          yield frames;
        },
      } as unknown as RPC<typeof DeliveryService>,
      {},
    );
    const { asked } = attached as unknown as { readonly asked: ReadonlyMap<bigint, unknown> };
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const answer = attached.ask({ case: "heartbeat", value: {} }, 15_000);
    equal(timers(), before + 1);
    const stream = attached.frames(never);
    await stream.next();
    equal((await answer)?.case, "heartbeat");
    deepStrictEqual([timers(), asked.size], [before, 0]);
    const next = sent?.next();
    if (waits) await new Promise(setImmediate);
    equal((await stream.next()).done, true);
    equal((await next)?.done, true);
    equal(await attached.ask({ case: "heartbeat", value: {} }, 15_000), undefined);
  });

test("an Attach carries what just fits into a message, and an answer of another kind is none", async () => {
  const { deliveries, called, given } = attachingTo(async function* (requests) {
    await taken(requests);
    yield frames;
    yield response({ call: (await taken(requests)).call, kind: { case: "completed", value: { results: [] } } });
    yield response({ call: (await taken(requests)).call, kind: { case: "heartbeat", value: {} } });
    yield response({ call: (await taken(requests)).call, kind: { case: "completed", value: {} } });
    await taken(requests);
  });
  await new Promise(setImmediate);
  const most = (4 << 20) - 64; // OCO-ATT-10
  await deliveries.complete({ replica: "fits" }, most, options);
  deepStrictEqual(called, ["attach"]);
  await deliveries.complete({ replica: "large" }, most + 1, options);
  await deliveries.complete({ replica: "other" }, 10, options);
  deepStrictEqual((await deliveries.heartbeat({ replica: "other" }, options)).lostLeaseIds, ["alone"]);
  await deliveries.leave("one", never);
  deepStrictEqual(called, ["attach", "complete", "complete", "heartbeat", "leave"]);
  deepStrictEqual(given.slice(1), [
    [{ replica: "large" }, options],
    [{ replica: "other" }, options],
    [{ replica: "other" }, options],
    [{ replica: "one" }, { signal: never }],
  ]);
});

test("where Attach does not work a Subscribe follows, and where the bot is away an Attach", async () => {
  let error: Error = refusal(Code.Unimplemented, "FEATURE_MISSING");
  // biome-ignore lint/correctness/useYield: it is refused
  const { deliveries, called, read } = attachingTo(async function* () {
    throw error;
  });
  const open = async () => {
    for await (const _ of deliveries.subscribe({}, { signal: never }));
  };
  await rejects(read, /FEATURE_MISSING/);
  await open();
  error = new ConnectError("cut", Code.Internal);
  await rejects(open(), /cut/);
  await open();
  error = new ConnectError("away", Code.Unavailable);
  await rejects(open(), /away/);
  error = refusal(Code.NotFound, "REPLICA_NOT_FOUND");
  await rejects(open(), /REPLICA_NOT_FOUND/);
  await rejects(open(), /REPLICA_NOT_FOUND/);
  deepStrictEqual(called, ["attach", "subscribe", "attach", "subscribe", "attach", "attach", "attach"]);
  deliveries.features([]);
  await open();
  equal(called.at(-1), "subscribe");
});

test("an Attach that cannot be read on gives way to a Subscribe", async () => {
  const { deliveries, called, read } = attachingTo(async function* (requests) {
    await taken(requests);
    yield frames;
    await taken(requests);
  });
  await new Promise(setImmediate);
  throws(() => deliveries.unread(), /takes no completions/);
  await deliveries.heartbeat({}, options);
  await read;
  deliveries.unread();
  for await (const _ of deliveries.subscribe({}, { signal: never })) break;
  deepStrictEqual(called, ["attach", "heartbeat", "subscribe"]);
});

test("a stream from which a replica goes on to another takes no calls back with its frames", async () => {
  let more: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    more = resolve;
  });
  let n = 0;
  const { deliveries, called, read } = attachingTo(async function* (requests) {
    const name = ["old", "new"][n++] ?? "";
    await taken(requests);
    yield frames;
    if (name === "old") {
      await asked;
      yield frames;
      return;
    }
    const { call } = await taken(requests);
    yield response({ call, kind: { case: "heartbeat", value: { lostLeaseIds: [name] } } });
  });
  await new Promise(setImmediate);
  const second = deliveries.subscribe({}, { signal: never });
  await second.next();
  more();
  await read;
  const rest = second.next();
  deepStrictEqual((await deliveries.heartbeat({}, options)).lostLeaseIds, ["new"]);
  await rest;
  deepStrictEqual(called, ["attach", "attach"]);
});

test("an Attach that broke behind its first frame is no reason for a Subscribe", async () => {
  const { deliveries, called, read } = attachingTo(async function* (requests) {
    await taken(requests);
    yield frames;
    throw new ConnectError("cut", Code.Internal);
  });
  await rejects(read, /cut/);
  await rejects(
    deliveries
      .subscribe({}, { signal: never })
      .next()
      .then(() => read),
    /cut/,
  );
  deepStrictEqual(called, ["attach", "attach"]);
});

test("a handler lives over Attach alone", async (t) => {
  const said: string[] = [];
  let over: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    over = resolve;
  });
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "ping" }], bot: { features: ["oco.attach"] } }) },
    delivery: {
      async *attach(requests) {
        for await (const { call, kind } of requests) {
          said.push(`${call} ${kind.case}`);
          switch (kind.case) {
            case "subscribe":
              yield response({ kind: { case: "frames", value: { frames: [ready, frameOf("d1", "ping")] } } });
              break;
            case "heartbeat":
              yield response({ call, kind: { case: "heartbeat", value: {} } });
              break;
            case "complete": {
              const results = kind.value.completions.map(() => ({ verdict: Verdict.COMMITTED }));
              yield response({ call, kind: { case: "completed", value: { results } } });
              over();
              return; // as a bot ends the stream behind its last frame
            }
          }
        }
      },
      leave: () => ({}),
    },
  });
  const h = new Handler("x").command("ping", "Pong.", ({ msg }) => void msg.reply("pong"));
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await left;
  await connection.stop();
  const kinds = said.map((line) => line.replace(/^\d+ /, ""));
  deepStrictEqual(kinds.slice(0, 3).sort(), ["complete", "heartbeat", "subscribe"]);
  deepStrictEqual(said.map((line) => line.slice(0, 1)).slice(0, 3), ["0", "1", "2"]);
});
