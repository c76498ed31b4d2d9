// The delivery contract where it is easily broken: nothing is silent, lost or held for ever.

import { deepStrictEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { Verdict } from "../src/gen/openchatops/v1/completion_pb.js";
import { CancelReason } from "../src/gen/openchatops/v1/delivery_pb.js";
import type { EventSchema } from "../src/gen/openchatops/v1/event_pb.js";
import { BotError, dial, GivenUpError, Handler, type Message, RetryAfter, Stopped, Tell } from "../src/index.js";
import { startBot } from "../src/testing/index.js";
import { frameOf, ready, refusal, startFakeBot } from "./fakebot.js";
import { newLog } from "./testlog.js";

test("a callback may reply more often than one completion may hold", async (t) => {
  const h = new Handler("many");
  const all = Array.from({ length: 150 }, (_, i) => `reply ${i}`);
  h.command("many", "Much.", ({ msg }) => {
    for (const text of all) msg.reply(text);
  });
  const bot = await startBot(t, h);
  deepStrictEqual(await bot.say("many"), ["done"]);
  bot.wantReply(...all);
});

test("whatever is thrown, the delivery ends", async (t) => {
  const log = newLog();
  const h = new Handler("odd");
  h.command("part", "Wait for a part of a millisecond.", ({ msg }) => {
    if (msg.attempt === 1) throw new RetryAfter(0.1234567);
    msg.reply("ok");
  });
  h.command("bare", "Throw what has no text.", () => {
    throw Object.create(null);
  });
  h.command("nan", "Wait for what is no time.", () => {
    throw new RetryAfter(Number.NaN);
  });
  h.command("guard", "Guard with a text.", ({ msg }) => {
    msg.transaction.guard("k", "1.5" as unknown as bigint);
  });
  h.command("both", "Reply what cannot be, and tell.", ({ msg }) => {
    msg.reply("");
    throw new Tell("For you.");
  });
  const bot = await startBot(t, h, { log });
  // Each to somebody else, so that no notice waits for another.
  const commands = ["part", "bare", "nan", "guard", "both"];
  deepStrictEqual(await Promise.all(commands.map((command) => bot.as(command).say(command))), [
    ["done"],
    ["failed"],
    ["failed"],
    ["failed"],
    ["failed"],
  ]);
  bot.as("part").wantReply("ok");
  bot.as("both").wantNotice("For you.");
  match(log.lines.join("\n"), /new RetryAfter: NaN is no number of milliseconds/);
});

test("a reply that the bot refuses fails the delivery, also if it left before the end", async (t) => {
  const log = newLog();
  const h = new Handler("private");
  h.command("early", "Reply where it may not, and work.", async ({ msg }) => {
    const reply = msg.reply("for you", { direct: true });
    await rejects(reply.update("which waits for it"), /was not taken/);
  });
  h.command("late", "Work, and reply where it may not.", async ({ msg }) => {
    await msg.reply("begun").update("which waits for it");
    msg.reply("for you", { direct: true });
  });
  const bot = await startBot(t, h, { log });
  const both = [bot.in("ops").say("oco: early"), bot.as("bob").in("dev").say("oco: late")];
  deepStrictEqual(await Promise.all(both), [["failed"], ["failed"]]);
  match(log.lines.join("\n"), /what was replied was not taken: .*grants no sending to user:1:/);
});

test("a reply after the end says where, and ends nothing else", async (t) => {
  const log = newLog();
  const h = new Handler("late");
  const kept: Message[] = [];
  h.command("keep", "Keep.", ({ msg }) => void kept.push(msg));
  const bot = await startBot(t, h, { log });
  await bot.say("keep");
  const reply = kept[0]?.reply("too late");
  match(
    log.lines.join("\n"),
    /the reply at .*contract\.test\.ts:\d+ is not said: command\("keep"\) at .*contract\.test\.ts:\d+ has returned.*await all that it starts/,
  );
  await rejects(async () => reply?.update("never"), /has returned/);
  await rejects(async () => kept[0]?.replyNow("too late"), /has returned/);
  await rejects(async () => kept[0]?.extend(1), /has returned/);
});

test("a message may be changed after the callback returned", async (t) => {
  const h = new Handler("later");
  let changed: Promise<void> = Promise.resolve();
  h.command("work", "Work.", ({ msg }) => {
    const reply = msg.reply("working");
    process.nextTick(() => {
      changed = reply.update("worked");
    });
  });
  const bot = await startBot(t, h);
  await bot.say("work");
  await changed;
  deepStrictEqual(
    bot.deeds.map(({ what }) => what),
    ["worked"],
  );
});

test("times that are none fail where they are declared", () => {
  const h = new Handler("times");
  throws(() => h.command("a", "", () => {}, { maxRun: Number.NaN }), /command\("a"\) at .*: maxRun: NaN is no number/);
  throws(() => h.command("b", "", () => {}, { staleAfter: -1 }), /staleAfter: -1 is no number/);
  throws(() => h.command("c", "", () => {}, { maxAttempts: 1.5 }), /maxAttempts 1.5: must be a whole number/);
  throws(() => h.hear("d", () => {}, { priority: 0.5 }), /priority 0.5: must be a whole number/);
});

// OCO-LIF-7
test("a second process with the name of a replica ends the first", async (t) => {
  const h = new Handler("twin");
  h.command("ping", "Pong.", ({ msg }) => void msg.reply("pong"));
  const bot = await startBot(t, []);
  const { endpoint, key } = await bot.key("twin");
  const log = newLog();
  const first = await h.connect({ endpoint, key, log, replica: "one" });
  await bot.say("ping");
  const second = await h.connect({ endpoint, key, log, replica: "one" });
  await rejects(first.ended, (error) => {
    ok(error instanceof GivenUpError);
    match(error.message, /another process is the replica "one" now/);
    return true;
  });
  deepStrictEqual(await bot.say("ping"), ["done"]);
  await second.stop();
});

// OCO-LIF-55
test("what comes before the first frame is read when a replica stops", async (t) => {
  const completed: string[] = [];
  let opened: () => void = () => {};
  const subscribed = new Promise<void>((resolve) => {
    opened = resolve;
  });
  let stopped: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  let left: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    left = resolve;
  });
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "ping" }] }) },
    delivery: {
      async *subscribe() {
        opened();
        await told;
        yield { frames: [ready, frameOf("d1", "ping")] };
        await asked;
      },
      leave() {
        left();
        return {};
      },
      heartbeat: () => ({}),
      complete({ completions }) {
        completed.push(...completions.map(({ deliveryId, kind }) => `${deliveryId} ${kind.case}`));
        return { results: completions.map(() => ({ verdict: Verdict.COMMITTED })) };
      },
    },
  });
  const h = new Handler("x").command("ping", "Pong.", () => {});
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await subscribed;
  const over = connection.stop();
  stopped();
  await over;
  deepStrictEqual(completed, ["d1 release"]);
});

// OCO-LIF-15, OCO-LIF-16
test("what a bot that stops has sent before is released by a replica that stops with it", async (t) => {
  const completed: string[] = [];
  let left: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    left = resolve;
  });
  let opened: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "ping" }] }) },
    delivery: {
      async *subscribe() {
        yield { frames: [ready] };
        await asked;
        yield { frames: [frameOf("d1", "ping")] };
        yield { frames: [{ kind: { case: "drain" as const, value: {} } }] };
      },
      async leave() {
        // The refusal overtakes what is on the stream.
        setImmediate(left);
        throw refusal(Code.Unavailable, "DRAINING");
      },
      heartbeat() {
        opened();
        return {};
      },
      complete({ completions }) {
        completed.push(...completions.map(({ deliveryId, kind }) => `${deliveryId} ${kind.case}`));
        return { results: completions.map(() => ({ verdict: Verdict.COMMITTED })) };
      },
    },
  });
  const h = new Handler("x").command("ping", "Pong.", () => {});
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await begun;
  await connection.stop();
  deepStrictEqual(completed, ["d1 release"]);
});

test("a replica that stops registers again with a bot that has forgotten it, and keeps what runs", async (t) => {
  let registrations = 0;
  let beats = 0;
  let beaten: () => void = () => {};
  const again = new Promise<void>((resolve) => {
    beaten = resolve;
  });
  let left: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    left = resolve;
  });
  const endpoint = await startFakeBot(t, {
    bot: {
      register() {
        registrations++;
        return { routes: [{ route: "ping" }] };
      },
    },
    delivery: {
      async *subscribe() {
        yield { frames: [ready, frameOf("d1", "ping")] };
        await asked;
      },
      leave() {
        left();
        return {};
      },
      heartbeat() {
        beats++;
        if (registrations === 1 && beats > 1) throw refusal(Code.NotFound, "REPLICA_NOT_FOUND");
        if (registrations === 2) beaten();
        return { next: { nanos: 20_000_000 } };
      },
      complete: ({ completions }) => ({ results: completions.map(() => ({ verdict: Verdict.COMMITTED })) }),
    },
  });
  let running: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    running = resolve;
  });
  const h = new Handler("x").command("ping", "Pong.", async () => {
    running();
    await again;
  });
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await begun;
  await connection.stop();
  equal(registrations, 2);
});

test("a call that the bot refuses for good is not repeated", async (t) => {
  let calls = 0;
  const endpoint = await startFakeBot(t, {
    chat: {
      sendMessage() {
        calls++;
        throw refusal(Code.Aborted, "LEASE_LOST");
      },
    },
  });
  const client = dial(endpoint, "k");
  t.after(() => client.close());
  await rejects(
    client.send({ room: "r" }, "hi"),
    (error) => error instanceof BotError && error.reason === "LEASE_LOST",
  );
  equal(calls, 1);
});

test("a client that is closed waits no longer", async () => {
  const client = dial("127.0.0.1:1", "k");
  const sent = client.send({ room: "r" }, "hi");
  setImmediate(() => client.close());
  await rejects(sent, /the client was closed/);
  await rejects(
    dial("127.0.0.1:1", "k", { signal: AbortSignal.abort(new Error("enough")) }).send({ room: "r" }, "hi"),
    /enough/,
  );
});

test("a handler that is told to stop before it found its bot stops", async () => {
  const stop = new AbortController();
  const connecting = new Handler("x").connect({
    endpoint: "127.0.0.1:1",
    key: "k",
    log: newLog(),
    signal: stop.signal,
  });
  setImmediate(() => stop.abort(new Error("told")));
  await rejects(connecting, /told/);
});

test("the signal says why a callback should stop", async (t) => {
  const reasons = { max_run: CancelReason.MAX_RUN, person: CancelReason.PERSON, settled: CancelReason.SETTLED };
  const names = Object.keys(reasons);
  const cancels = Object.entries(reasons).map(([deliveryId, reason]) => ({
    kind: { case: "cancel" as const, value: { deliveryId, reason, text: `because of ${deliveryId}` } },
  }));
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "wait" }] }) },
    delivery: {
      async *subscribe(_, { signal }) {
        yield { frames: [ready, ...names.map((id) => frameOf(id, "wait")), ...cancels] };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
      heartbeat: () => ({}),
      leave: () => ({}),
      complete: ({ completions }) => ({ results: completions.map(() => ({ verdict: Verdict.COMMITTED })) }),
    },
  });
  const seen: string[] = [];
  let all: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    all = resolve;
  });
  const h = new Handler("x").command("wait", "Wait.", async ({ msg, signal }) => {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    if (signal.reason instanceof Stopped) seen.push(`${msg.deliveryId} ${signal.reason.reason}`);
    if (seen.length === names.length) all();
  });
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await stopped;
  await connection.kill();
  deepStrictEqual(
    seen,
    names.map((name) => `${name} ${name}`),
  );
});

test("a callback reacts to the message to which somebody reacted", async (t) => {
  const reactions: string[] = [];
  const event = (deliveryId: string, kind: MessageInitShape<typeof EventSchema>["kind"]) => {
    const value = { eventId: deliveryId, ...(kind ? { kind } : {}) };
    const payload = { case: "event" as const, value };
    const delivery = { deliveryId, leaseId: deliveryId, route: "seen", attempt: 1, payload };
    return { kind: { case: "delivery" as const, value: delivery } };
  };
  let ended: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "seen" }] }) },
    chat: {
      setReaction({ messageId, emoji, remove, deliveryId }) {
        reactions.push(`${deliveryId} ${messageId} ${emoji} ${remove}`);
        return { operation: {} };
      },
    },
    delivery: {
      async *subscribe(_, { signal }) {
        const reaction = event("d1", { case: "reaction", value: { messageId: "m1", emoji: "eyes" } });
        const custom = event("d2", { case: "custom", value: { type: "x.done" } });
        yield { frames: [ready, reaction, custom] };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
      heartbeat: () => ({}),
      complete({ completions }) {
        reactions.push(...completions.map(({ deliveryId, kind }) => `${deliveryId} ${kind.case}`));
        if (reactions.length === 4) ended();
        return { results: completions.map(() => ({ verdict: Verdict.COMMITTED })) };
      },
    },
  });
  const h = new Handler("x").on("reaction.added", async ({ event }) => {
    await event.react("ok");
    await event.react("ok", { remove: true });
  });
  const log = newLog();
  const connection = await h.connect({ endpoint, key: "k", log });
  await all;
  await connection.kill();
  deepStrictEqual(reactions.sort(), ["d1 done", "d1 m1 ok false", "d1 m1 ok true", "d2 fail"]);
  match(log.lines.join(), /react: the event is neither a message nor a reaction to one/);
});

// OCO-SET-8
test("a key that is revoked is not called refused settings", async (t) => {
  t.mock.method(Math, "random", () => 0); // no wait between tries
  let registrations = 0;
  const endpoint = await startFakeBot(t, {
    bot: {
      register() {
        if (registrations++ > 0) throw refusal(Code.Unauthenticated, "KEY_INVALID");
        return { routes: [] };
      },
    },
    delivery: {
      async *subscribe(_, { signal }) {
        yield { frames: [ready, { kind: { case: "settingsChanged" as const, value: {} } }] };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
      heartbeat: () => ({}),
      leave: () => ({}),
    },
  });
  const log = newLog();
  const connection = await new Handler("x").connect({ endpoint, key: "k", log });
  await rejects(connection.ended, /does not accept the key of the plugin x/);
  ok(!log.lines.join().includes("settings are refused"));
});

test("what matched a route as it was before is given back [OCO-LIF-60]", async (t) => {
  const kinds = new Map<string, string | undefined>();
  let all = () => {};
  const judged = new Promise<void>((resolve) => {
    all = resolve;
  });
  const endpoint = await startFakeBot(t, {
    bot: { register: () => ({ routes: [{ route: "go", definitionId: "x" }] }) },
    delivery: {
      async *subscribe(_, { signal }) {
        const frames = [["d1", "x"] as const, ["d2", "older"] as const, ["d3", ""] as const].map(([id, definitionId]) =>
          frameOf(id, "go", definitionId),
        );
        yield { frames: [ready, ...frames] };
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
      complete({ completions }) {
        for (const { deliveryId, kind } of completions) kinds.set(deliveryId, kind.case);
        if (kinds.size === 3) all();
        return { results: completions.map(({ deliveryId }) => ({ deliveryId, verdict: Verdict.COMMITTED })) };
      },
      heartbeat: () => ({}),
      leave: () => ({}),
    },
  });
  const h = new Handler("go");
  h.command("go", "Go.", () => {});
  const connection = await h.connect({ endpoint, key: "k", log: newLog() });
  await judged;
  await connection.kill();
  deepStrictEqual([...kinds].sort(), [
    ["d1", "done"],
    ["d2", "release"],
    ["d3", "done"],
  ]);
});
