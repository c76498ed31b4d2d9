// What a heart says of beats that do not arrive.

import { deepStrictEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Body, Heart } from "../src/heart.js";

test("that heartbeats do not arrive is said once, and not if nothing runs", async (t) => {
  t.mock.method(Math, "random", () => 0);
  const life = new AbortController();
  const warned: object[] = [];
  // What each beat meets: how much is held, and whether the bot answers.
  const beats = [
    { held: 0, answers: false },
    { held: 2, answers: false },
    { held: 2, answers: false },
    { held: 1, answers: true },
    { held: 1, answers: false },
    { held: 0, answers: true },
  ];
  let beat = 0;
  const heart = new Heart({
    replica: "one",
    life: life.signal,
    registration: { generation: 1, accepted: () => {}, again: async () => false },
    leases: { all: () => Array.from({ length: beats[beat]?.held ?? 0 }, () => ({ wire: {} })) },
    link: { why: () => "away" },
    log: { debug: () => {}, warn: (text: string, attributes: object) => warned.push({ text, ...attributes }) },
    deliveries: {
      async heartbeat() {
        const answers = beats[beat++]?.answers;
        heart.wake();
        if (beat === beats.length) life.abort();
        if (!answers) throw new ConnectError("away", Code.Unavailable);
        return { lostLeaseIds: [] };
      },
    },
  } as unknown as Body);
  heart.wake();
  await heart.run();
  equal(beat, beats.length);
  const text = "cannot tell the bot that deliveries still run here; trying again";
  const error = "away";
  deepStrictEqual(warned, [
    { text, held: 2, error },
    { text, held: 1, error },
  ]);
});

test("a bot that forgets the replica each time is asked again at once only once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(Math, "random", () => 0.5);
  const life = new AbortController();
  let beats = 0;
  const heart = new Heart({
    life: life.signal,
    registration: {
      generation: 1,
      async again() {
        heart.wake(); // as whoever registers it does
        return true;
      },
    },
    leases: { all: () => [] },
    deliveries: {
      async heartbeat() {
        beats++;
        throw new ConnectError("who?", Code.NotFound);
      },
    },
  } as unknown as Body);
  heart.wake();
  const over = heart.run();
  const settled = async () => {
    for (let n = 0; n < 20; n++) await new Promise(setImmediate);
    return beats;
  };
  equal(await settled(), 2);
  t.mock.timers.tick(999);
  equal(await settled(), 2);
  t.mock.timers.tick(1);
  equal(await settled(), 3);
  t.mock.timers.tick(1_000);
  equal(await settled(), 4);
  life.abort();
  await over;
});
