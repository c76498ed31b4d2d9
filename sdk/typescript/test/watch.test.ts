// What is said of a callback that keeps everything else from running.

import { deepStrictEqual, equal, match } from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { Watch } from "../src/watch.js";
import { newLog } from "./testlog.js";

test("a callback that computes for long behind something that it awaited is named", async () => {
  const log = newLog();
  const watch = new Watch(log);
  await watch.run("quick", async () => {});
  await watch.run("thorough", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1)); // real time: node's measure of its loop knows no other
    for (const end = performance.now() + 1_500; performance.now() < end; );
    while (log.lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  watch.end();
  equal(log.lines.length, 1);
  match(log.lines.join(), /nothing else ran in this process for \d+ ms, during (quick or )?thorough: /);
});

test("a machine that stands still is no callback that computes", async (t) => {
  const real = performance.now.bind(performance);
  let stood = 0;
  let asked = 0;
  t.mock.method(performance, "now", () => {
    asked++;
    return real() + stood;
  });
  const log = newLog();
  const watch = new Watch(log);
  let over: () => void = () => {};
  const patient = new Promise<void>((resolve) => {
    over = resolve;
  });
  const running = watch.run("patient", () => patient);
  stood = 60_000;
  const before = asked;
  while (asked < before + 2) await new Promise((resolve) => setTimeout(resolve, 5)); // it has looked
  over();
  await running;
  watch.end();
  deepStrictEqual(log.lines, []);
});
