// Whatever a callback throws, its delivery ends: reading what was thrown may run code that throws.

import { deepStrictEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { create } from "@bufbuild/protobuf";
import { createRouterTransport } from "@connectrpc/connect";
import { Call } from "../src/call.js";
import type { CompletionInit } from "../src/completer.js";
import { wholeText } from "../src/errors.js";
import { placeOf, stackOf } from "../src/failure.js";
import { DeliverySchema } from "../src/gen/openchatops/v1/delivery_pb.js";
import { RetryAfter, Tell } from "../src/index.js";
import { newLog } from "./testlog.js";

function no(): never {
  throw new Error("no");
}

/** An error of which something cannot be read, or is not what it should be. */
function odd(name: string, descriptor: PropertyDescriptor): Error {
  return Object.defineProperty(new Error("odd"), name, descriptor);
}

function ofItself(): Error {
  const error = new Error("round");
  error.cause = new Error("and round", { cause: error });
  return error;
}

function deep(): Error {
  let error = new Error("the first");
  for (let n = 0; n < 20_000; n++) error = new Error(`the ${n}th`, { cause: error });
  return error;
}

function amongItself(): Error {
  const error = new AggregateError([], "all of them");
  error.errors.push(error);
  return error;
}

const thrown: Record<string, [unknown, RegExp]> = {
  "a message that throws": [odd("message", { get: no }), /^something that cannot be read$/],
  "a stack that throws": [odd("stack", { get: no }), /^odd$/],
  "a stack that is none": [odd("stack", { value: 5 }), /^odd$/],
  "a cause that throws": [odd("cause", { get: no }), /^odd$/],
  "a name that throws": [odd("name", { get: no }), /^odd$/],
  "an object that does not show itself": [{ [inspect.custom]: no }, /^something that cannot be read$/],
  "an object that answers nothing": [new Proxy({}, { get: no, getPrototypeOf: no }), /cannot be sent: no$/],
  "an error that comes of itself": [ofItself(), /^round: and round/],
  "an error of thousands of causes": [deep(), /^the 19999th: the 19998th/],
  "errors among which it is itself": [amongItself(), /^all of them$/],
  "errors that are no list": [Object.assign(new AggregateError([], "some"), { errors: 5 }), /^some$/],
  "a wait that is no time": [Object.assign(new RetryAfter(5), { delayMs: "x" }), /cannot be sent: RetryAfter: x is no/],
  "a text for people that is none": [Object.assign(new Tell("x"), { userText: 7 }), /cannot be sent: /],
  "a symbol": [Symbol("s"), /^Symbol\(s\)$/],
};

for (const [what, [error, says]] of Object.entries(thrown)) {
  test(`the delivery ends if a callback throws ${what}`, async () => {
    const ends: CompletionInit[] = [];
    const log = newLog();
    const call = new Call(
      create(DeliverySchema, { deliveryId: "d", leaseId: "l" }),
      { add: (init) => void ends.push(init) },
      createRouterTransport(() => {}),
      log,
      'command("odd")',
    );
    await call.finish(error, true, () => {});
    deepStrictEqual(
      ends.map(({ kind }) => kind?.case),
      ["fail"],
    );
    match((ends[0]?.kind?.case === "fail" && ends[0].kind.value.error?.message) || "", says);
    match(log.lines.join("\n"), /^command\("odd"\) failed/);
  });

  test(`the log may tell of a promise that failed with ${what}`, () => {
    equal(typeof wholeText(error), "string");
    equal(typeof stackOf(error), "object");
    placeOf(error);
  });
}
