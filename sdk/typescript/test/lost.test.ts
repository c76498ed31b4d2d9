// A callback whose lease is lost: the bot takes no progress of it, and perhaps its end.

import { deepStrictEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { createRouterTransport } from "@connectrpc/connect";
import { Call } from "../src/call.js";
import { type Completer, type CompletionInit, RefusedError } from "../src/completer.js";
import { DeliverySchema } from "../src/gen/openchatops/v1/delivery_pb.js";
import { newLog } from "./testlog.js";

/** A call, what it completes, and how the bot refuses that. */
function newCall() {
  const ends: CompletionInit[] = [];
  const refused: (() => void)[] = [];
  const completer: Pick<Completer, "add"> = {
    add(init, _, settled) {
      if (init.kind?.case === "progress") refused.push(() => settled(new RefusedError("it is lost", "LEASE_LOST")));
      else ends.push(init);
    },
  };
  const wire = create(DeliverySchema, { deliveryId: "d", leaseId: "l" });
  const call = new Call(
    wire,
    completer,
    createRouterTransport(() => {}),
    newLog(),
    'command("work")',
  );
  return { call, ends, refused };
}

const said = ([end]: CompletionInit[]) => [...(end?.sends ?? []).map((send) => send.key), end?.kind?.case];

test("what a lost lease kept from being said goes with the end (OCO-DLV-12, OCO-DLV-18)", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { call, ends, refused } = newCall();
  call.reply("early", {});
  t.mock.timers.tick(100);
  call.reply("a little later", {});
  t.mock.timers.tick(100);
  call.reply("at the end", {});
  const over = call.finish(undefined, false, () => {});
  for (const verdict of refused) {
    await new Promise(setImmediate);
    equal(ends.length, 0, "the end waits for the verdict on all that was said before");
    verdict();
  }
  await over;
  equal(call.signal.aborted, true);
  deepStrictEqual(said(ends), ["1", "2", "3", "done"]);
});

for (const [what, times, text] of [
  ["many", 64, "early"],
  ["long", 20, "x".repeat(64 << 10)],
] as const) {
  test(`if what is left is too ${what} for one completion, the delivery fails`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { call, ends, refused } = newCall();
    for (let i = 0; i < times; i++) {
      call.reply(text, {});
      t.mock.timers.tick(100);
      for (const verdict of refused.splice(0)) verdict();
    }
    call.reply("at the end", {});
    await call.finish(undefined, false, () => {});
    deepStrictEqual(said(ends), [String(times + 1), "fail"]);
  });
}
