// Completions reach the bot once, in order, and none is lost in silence.

import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { Completer, type RefusedError, sizeOf } from "../src/completer.js";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import {
  type Completion,
  type CompletionResult,
  CompletionResultSchema,
  CompletionSchema,
  Verdict,
} from "../src/gen/openchatops/v1/completion_pb.js";
import { silentLog } from "../src/log.js";

function result(verdict: Verdict, reason = ""): CompletionResult {
  if (verdict !== Verdict.REFUSED) return create(CompletionResultSchema, { verdict });
  const info = create(ErrorInfoSchema, { reason, domain: "openchatops.org" });
  const details = [{ typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: toBinary(ErrorInfoSchema, info) }];
  return create(CompletionResultSchema, {
    verdict,
    error: { code: Code.FailedPrecondition, message: `no: ${reason}`, details },
  });
}

const taken = () => result(Verdict.COMMITTED);

/** A completer whose bot answers with these functions, one a call, then with the last. */
function newCompleter(...answers: ((batch: Completion[]) => CompletionResult[])[]) {
  const batches: string[][] = [];
  const life = new AbortController();
  const call = async (batch: Completion[]) => {
    batches.push(batch.map(({ deliveryId, kind }) => `${deliveryId} ${kind.case}`));
    return (answers.length > 1 ? answers.shift() : answers[0])?.(batch) ?? [];
  };
  return { completer: new Completer(call, silentLog, life.signal), batches, life };
}

const done = (deliveryId: string) => ({ deliveryId, leaseId: "l", kind: { case: "done" as const, value: {} } });
const progress = (deliveryId: string) => ({ deliveryId, leaseId: "l", kind: { case: "progress" as const, value: {} } });

test("what is said together leaves together, but not behind its own progress", async () => {
  const { completer, batches, life } = newCompleter((batch) => batch.map(taken));
  const settled: unknown[] = [];
  completer.add(progress("a"), "it", (refused) => settled.push(refused));
  completer.add(done("b"), "it", (refused) => settled.push(refused));
  completer.add(done("a"), "it", (refused) => settled.push(refused));
  equal(await completer.drained(life.signal), true);
  deepStrictEqual(batches, [["a progress", "b done"], ["a done"]]);
  deepStrictEqual(settled, [undefined, undefined, undefined]);
});

test("a completion is not larger than it is taken for", () => {
  const texts = ["", "hi", "日本語".repeat(100), "x".repeat(3000), "y".repeat(60_000)];
  const sends = (n: number) =>
    texts.slice(0, n).map((text) => ({ key: "k".repeat(64), message: { content: { text } } }));
  const to = { room: { by: { case: "roomId" as const, value: "r".repeat(2000) } } };
  for (const init of [
    ...texts.map((_, n) => ({ ...done("d".repeat(64)), sends: sends(n + 1) })),
    { ...done("d"), sends: [{ key: "1", message: { to, content: { text: "hi" } } }] },
    { ...done("d"), kind: { case: "done" as const, value: { transact: { namespace: "n".repeat(2000) } } } },
    { ...done("d"), kind: { case: "fail" as const, value: { userText: "u".repeat(3000) } } },
  ]) {
    const wire = create(CompletionSchema, init);
    const length = toBinary(CompletionSchema, wire).length;
    ok(sizeOf(wire) >= length, `${sizeOf(wire)} for ${length} bytes`);
    ok(sizeOf(wire) <= Math.max(length + 8, 8 << 10));
  }
});

test("a batch has at most 64 items", async () => {
  const { completer, batches, life } = newCompleter((batch) => batch.map(taken));
  for (let i = 0; i < 70; i++) completer.add(done(`d${i}`), "it", () => {});
  await completer.drained(life.signal);
  deepStrictEqual(
    batches.map((batch) => batch.length),
    [64, 6],
  );
});

test("what the bot did not answer is said again", async (t) => {
  t.mock.method(Math, "random", () => 0); // no wait between tries
  const { completer, batches, life } = newCompleter(
    () => {
      throw new ConnectError("gone", Code.Unavailable);
    },
    () => [],
    (batch) => batch.map(taken),
  );
  completer.add(done("a"), "it", () => {});
  await completer.drained(life.signal);
  deepStrictEqual(batches, [["a done"], ["a done"], ["a done"]]);
});

test("one that the bot cannot take holds up no other, and its delivery is failed", async () => {
  let first = true;
  const { completer, batches, life } = newCompleter((batch) => {
    if (batch.some(({ deliveryId, kind }) => deliveryId === "bad" && kind.case === "done"))
      throw new ConnectError("too large", Code.InvalidArgument);
    first = false;
    return batch.map(taken);
  });
  completer.add(done("good"), "it", () => {});
  completer.add(done("bad"), "it", () => {});
  await completer.drained(life.signal);
  equal(first, false);
  deepStrictEqual(batches, [["good done", "bad done"], ["good done"], ["bad done"], ["bad fail"]]);
});

test("verdicts: refused is failed, lost is told, a guard runs again, a full outbox waits", async (t) => {
  t.mock.method(Math, "random", () => 0);
  const refused = (reason: string) => (batch: Completion[]) => batch.map(() => result(Verdict.REFUSED, reason));
  const settled: (RefusedError | undefined)[] = [];
  const all = (batch: Completion[]) => batch.map(taken);

  const failed = newCompleter(refused("TOO_LARGE"), all);
  failed.completer.add(done("a"), "it", (why) => settled.push(why));
  await failed.completer.drained(failed.life.signal);
  deepStrictEqual(failed.batches, [["a done"], ["a fail"]]);

  const lost = newCompleter(refused("LEASE_LOST"));
  lost.completer.add(progress("a"), "it", (why) => settled.push(why));
  await lost.completer.drained(lost.life.signal);
  deepStrictEqual(lost.batches, [["a progress"]]);

  const guarded = newCompleter(refused("GUARD_FAILED"), all);
  guarded.completer.add(done("a"), "it", (why) => settled.push(why), true);
  await guarded.completer.drained(guarded.life.signal);
  deepStrictEqual(guarded.batches, [["a done"], ["a retry"]]);

  const full = newCompleter(refused("QUEUE_FULL"), all);
  full.completer.add(done("a"), "it", (why) => settled.push(why));
  await full.completer.drained(full.life.signal);
  deepStrictEqual(full.batches, [["a done"], ["a done"]]);

  deepStrictEqual(
    settled.map((why) => why?.reason),
    [undefined, "LEASE_LOST", undefined, undefined],
  );
  match(settled[1]?.message ?? "", /no: LEASE_LOST/);
});

test("a replica that ends waits for nothing", async () => {
  const { completer, life } = newCompleter(() => {
    throw new ConnectError("gone", Code.Unavailable);
  });
  completer.add(done("a"), "it", () => {});
  const drained = completer.drained(life.signal);
  setImmediate(() => life.abort());
  equal(await drained, false);
});
