import { deepStrictEqual, match, throws } from "node:assert/strict";
import { test } from "node:test";
import { toJson } from "@bufbuild/protobuf";
import { ManifestSchema } from "../src/gen/openchatops/v1/bot_pb.js";
import { Handler } from "../src/index.js";

test("a declaration that cannot work fails where it stands", () => {
  throws(() => new Handler("Deploy Bot"), /a name is 1 to 40 characters/);
  const h = new Handler("deploy");
  throws(() => h.command(" ", "", () => {}), /the pattern is empty/);
  throws(
    () => h.command("ping", "", undefined as never),
    /command\("ping"\) at .*handler\.test\.[jt]s:\d+: the callback is not a function/,
  );
  h.command("ping", "Pong.", () => {});
  throws(() => h.command("ping", "Pong.", () => {}), /there is a route with this pattern already/);
  h.command("pong", "Ping.", () => {}, { name: "p" });
  throws(() => h.command("other", "", () => {}, { name: "p" }), /there is a route "p" already/);
  h.settings({ token: { type: "text", secret: true } });
  throws(() => h.settings({}), /declared its settings already/);
});

test("the manifest says all that was declared", () => {
  const h = new Handler("deploy");
  h.version = "1.2";
  h.description = "Deploys.";
  h.asks("users.read").asks("users.read", "store");
  h.command("deploy {app} [--force]", "Deploy an app.", () => {}, {
    aliases: ["ship {app} [--force]"],
    deprecated: ["rollout {app} [--force]"],
    examples: ["deploy web"],
    arguments: { app: { help: "Which one." } },
    allow: ["ops"],
    danger: true,
    order: "route",
    notice: "operators",
    maxRun: 90_000,
    staleAfter: 1_500,
    maxAttempts: 3,
    onEdit: true,
  });
  h.hear("ticket (?P<id>\\d+)", () => {}, { priority: 2, exclusive: true, repeatable: true });
  h.on("room.member_joined", () => {});
  h.settings({
    url: { type: "text", default: "x" },
    tries: { type: "integer", optional: true },
    env: { type: "text", choices: ["a", "b"] },
    prefix: { type: "text", default: "" },
  });
  deepStrictEqual(toJson(ManifestSchema, h.manifest()), {
    version: "1.2",
    description: "Deploys.",
    scopes: ["users.read", "store"],
    routes: [
      {
        help: "Deploy an app.",
        allow: ["ops"],
        danger: true,
        order: "ORDER_ROUTE",
        notice: "NOTICE_OPERATORS",
        maxRun: "90s",
        staleAfter: "1.500s",
        maxAttempts: 3,
        examples: ["deploy web"],
        command: {
          pattern: "deploy {app} [--force]",
          aliases: ["ship {app} [--force]"],
          deprecated: ["rollout {app} [--force]"],
          arguments: [{ name: "app", help: "Which one." }],
          onEdit: true,
        },
      },
      {
        name: "hear-1",
        priority: 2,
        runPolicy: "RUN_POLICY_REPEATABLE",
        hear: { regex: "ticket (?P<id>\\d+)", exclusive: true },
      },
      { name: "event-room.member_joined", event: { types: ["room.member_joined"] } },
    ],
    settings: [
      { name: "url", type: "ARGUMENT_TYPE_TEXT", defaultText: "x" },
      { name: "tries", type: "ARGUMENT_TYPE_INTEGER", optional: true },
      { name: "env", type: "ARGUMENT_TYPE_CHOICE", choices: ["a", "b"] },
      { name: "prefix", type: "ARGUMENT_TYPE_TEXT", defaultText: "" },
    ],
  });
  match(JSON.stringify(toJson(ManifestSchema, h.manifest())), /rollout/);
});
