// How long a callback may run, and that it may ask for more.

import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { type Duration, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { Call } from "../src/call.js";
import { type CompletionInit, RefusedError } from "../src/completer.js";
import { DeliverySchema } from "../src/gen/openchatops/v1/delivery_pb.js";
import { Stopped } from "../src/index.js";
import { newLog } from "./testlog.js";

/** A call whose time is the test's, and how the bot answers what it asks for. */
function newCall(t: TestContext, maxRun: number | undefined) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const asked: number[] = [];
  const verdicts: ((refused?: RefusedError) => void)[] = [];
  const add = ({ kind }: CompletionInit, _: string, settled: (refused?: RefusedError) => void) => {
    const extend = kind?.case === "progress" ? kind.value.extend : undefined;
    if (!extend) return;
    asked.push(durationMs(extend as Duration));
    verdicts.push(settled);
  };
  const bound = maxRun === undefined ? {} : { maxRun: durationFromMs(maxRun) };
  const wire = create(DeliverySchema, { deliveryId: "d", leaseId: "l", ...bound });
  const transport = createRouterTransport(() => {});
  return { call: new Call(wire, { add }, transport, newLog(), 'command("work")'), asked, verdicts };
}

function stopped({ signal }: Call): string {
  return signal.aborted && signal.reason instanceof Stopped ? signal.reason.reason : "";
}

for (const [maxRun, bound] of [
  [1_000, 1_000],
  [undefined, 60_000],
  [3_000_000_000, 2 ** 31 - 1],
] as const) {
  test(`a callback of a maxRun of ${maxRun} is stopped after ${bound} ms`, (t) => {
    const { call } = newCall(t, maxRun);
    t.mock.timers.tick(bound - 1);
    equal(stopped(call), "");
    t.mock.timers.tick(1);
    equal(stopped(call), "max_run");
  });
}

test("a callback that is given more time has it from then on", async (t) => {
  const { call, asked, verdicts } = newCall(t, 1_000);
  t.mock.timers.tick(900);
  const extended = call.extend(5_000);
  verdicts[0]?.();
  await extended;
  deepStrictEqual(asked, [5_000]);
  t.mock.timers.tick(4_999);
  equal(stopped(call), "");
  t.mock.timers.tick(1);
  equal(stopped(call), "max_run");
});

test("a callback that is not given more time has what it had", async (t) => {
  const { call, verdicts } = newCall(t, 1_000);
  const extended = call.extend(5_000);
  verdicts[0]?.(new RefusedError("no", "PERMISSION_DENIED"));
  await rejects(extended, /^RefusedError: no$/);
  t.mock.timers.tick(1_000);
  equal(stopped(call), "max_run");
});

test("a callback that has returned is not stopped", async (t) => {
  const { call, verdicts } = newCall(t, 1_000);
  const extended = call.extend(5_000);
  const finished = call.finish(undefined, false, () => {});
  verdicts[0]?.();
  await Promise.all([extended, finished]);
  t.mock.timers.tick(60_000);
  ok(!call.signal.aborted);
  await rejects(call.extend(1), /has returned/);
});
