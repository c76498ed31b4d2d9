/**
 * Tests of handlers against the real bot: it runs as a process beside the test, on this
 * machine only, and nothing is left of it afterwards. The program `oco` is what OCO_BIN
 * names, else what is found on the path.
 *
 * @example
 * test("echo", async (t) => {
 *   const bot = await startBot(t, newEcho());
 *   await bot.say("echo hello there");
 *   bot.wantReply("hello there");
 * });
 *
 * @packageDocumentation
 */

import "../runtime.js";
import { deepStrictEqual, ok } from "node:assert/strict";
import { type Client, createClient } from "@connectrpc/connect";
import type { Connection } from "../connection.js";
import { parseEndpoint } from "../endpoint.js";
import { AdminService } from "../gen/openchatops/v1/admin_pb.js";
import { Outcome } from "../gen/openchatops/v1/bot_pb.js";
import type { Handler } from "../handler.js";
import { Link } from "../link.js";
import { type Log, silentLog } from "../log.js";
import { pause } from "../time.js";
import { Chat, type Deed, direct, type Speaker } from "./chat.js";
import { BotProcess, type Key } from "./process.js";

export type { Deed, Said, Speaker } from "./chat.js";

/** How a delivery ended. */
export type OutcomeName = "done" | "failed" | "unknown" | "expired" | "refused" | "cancelled";

/** The operator's configuration for a test. Users are called by the names that the test uses. */
export interface Config {
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly operators?: readonly string[];
  /** Scopes that handlers are granted, by handler. */
  readonly scopes?: Readonly<Record<string, readonly string[]>>;
  /** What the operator set, by handler. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Where the handlers log; nowhere unless given. */
  readonly log?: Log;
}

/** What a test gives: the context of node's runner fits. */
export interface Cleanup {
  after(run: () => Promise<void>): void;
}

/** Runs a bot with handlers until the test ends. It resolves when all of them are registered. */
export async function startBot(t: Cleanup, handlers: Handler | readonly Handler[], config: Config = {}): Promise<Bot> {
  const all = [handlers].flat() as Handler[];
  const bot = await Bot.start(all, config);
  t.after(() => bot.stop());
  return bot;
}

const adapter = "test";

/** Somebody who speaks somewhere. Without more said it is alice in her direct room. */
export class Person {
  constructor(
    protected readonly world: World,
    private readonly user: string,
    private readonly room?: string,
  ) {}

  /** The same, as somebody else. */
  as(user: string): Person {
    return new Person(this.world, user, this.room);
  }

  /** The same, in a room, where the bot must be addressed by its name: "oco: ping". */
  in(room: string): Person {
    return new Person(this.world, this.user, room);
  }

  /** Says something, and resolves with the outcomes when all is done and said. */
  async say(text: string): Promise<OutcomeName[]> {
    const outcomes = await this.world.chat.say(this.user, this.room, text);
    // What is said about it may be on its way.
    while (((await this.world.admin.getStatus({})).counts.outbox ?? 0n) > 0n) await pause(5);
    return outcomes.map((outcome) => Outcome[outcome].toLowerCase() as OutcomeName);
  }

  /** What handlers have said here since the last look. */
  replies(): string[] {
    return this.look("handler");
  }

  /** What the bot has said here for itself since the last look, such as a usage line. */
  answers(): string[] {
    return this.look("bot");
  }

  /** What the bot has said here about outcomes since the last look. */
  notices(): string[] {
    return this.look("notice");
  }

  wantReply(...texts: string[]): void {
    const replies = this.replies();
    deepStrictEqual(
      replies,
      texts,
      `the handler replied ${JSON.stringify(replies)}, want ${JSON.stringify(texts)}${this.rest()}`,
    );
  }

  wantNoReply(): void {
    this.wantReply();
  }

  wantAnswer(part: string): void {
    this.want("the bot answered", this.answers(), part);
  }

  wantNotice(part: string): void {
    this.want("the notices are", this.notices(), part);
  }

  private want(what: string, texts: string[], part: string): void {
    const held = texts.some((text) => text.includes(part));
    ok(held, `${what} ${JSON.stringify(texts)}, want one with ${JSON.stringify(part)}${this.rest()}`);
  }

  private look(by: Speaker): string[] {
    return this.world.chat.look(this.room ?? direct(this.user), by);
  }

  /** What else was said, for who reads why a test failed. */
  private rest(): string {
    const said = this.world.chat.said.map(({ room, by, text }) => `\n  ${by} in ${room}: ${text}`);
    return said.length === 0 ? "" : `\nnot looked at:${said.join("")}`;
  }
}

/** What the people of a test share. */
interface World {
  readonly process: BotProcess;
  readonly chat: Chat;
  readonly admin: Client<typeof AdminService>;
  readonly links: readonly Link[];
}

/** A real bot, and a chat service in which only this test speaks. */
export class Bot extends Person {
  private readonly connections = new Map<string, Connection>();

  private constructor(
    world: World,
    private readonly config: Config,
  ) {
    super(world, "alice");
  }

  /** Runs a bot until {@link stop}; {@link startBot} stops it by itself. */
  static async start(handlers: readonly Handler[], config: Config = {}): Promise<Bot> {
    const process = await BotProcess.start((port) => configuration(port, handlers, config));
    const links: Link[] = [];
    let bot: Bot | undefined;
    try {
      const transport = async (name: string, role: "adapter" | "operator") => {
        const { endpoint, key } = await process.key(name, role);
        const link = new Link(parseEndpoint(endpoint));
        links.push(link);
        return link.transport(key);
      };
      const chat = new Chat(await transport(adapter, "adapter"));
      await chat.connect();
      const admin = createClient(AdminService, await transport("tester", "operator"));
      bot = new Bot({ process, chat, admin, links }, config);
      for (const handler of handlers) await bot.connect(handler);
      return bot;
    } catch (error) {
      // What is connected would wait for its bot for ever.
      for (const connection of bot?.connections.values() ?? []) await connection.kill();
      for (const link of links) link.close();
      await process.stop();
      throw error;
    }
  }

  /** Connects a handler, as another replica or again after {@link kill}. */
  async connect(handler: Handler): Promise<Connection> {
    const { endpoint, key } = await this.world.process.key(handler.name, "handler");
    const connection = await handler.connect({ endpoint, key, log: this.config.log ?? silentLog });
    this.connections.set(handler.name, connection);
    return connection;
  }

  /** Has a handler finish what runs, and leave. */
  async disconnect(handler: Handler): Promise<void> {
    await this.connections.get(handler.name)?.stop();
    this.connections.delete(handler.name);
  }

  /** Ends a handler as if its process had been killed. */
  async kill(handler: Handler): Promise<void> {
    await this.connections.get(handler.name)?.kill();
    this.connections.delete(handler.name);
  }

  /** Ends the bot, as by kill -9 unless said otherwise, and starts it again with its data. */
  async restart(signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> {
    const { process, chat } = this.world;
    await chat.disconnect();
    await process.end(signal);
    await process.launch();
    await chat.connect();
  }

  /** Ends the bot as by kill -9; {@link restart} begins it anew. */
  async crash(): Promise<void> {
    await this.world.process.end("SIGKILL");
  }

  /** Where a program that is not in this test reaches the bot as this plugin. */
  key(plugin: string): Promise<Key> {
    return this.world.process.key(plugin, "handler");
  }

  /** What the bot did beside saying something. */
  get deeds(): readonly Deed[] {
    return this.world.chat.deeds;
  }

  /** What the bot has said in its log. */
  get log(): string {
    return this.world.process.log;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.connections.values()].map((connection) => connection.stop().catch(() => {})));
    await this.world.chat.disconnect();
    this.world.chat.fail("the bot was stopped before it said what became of it");
    for (const link of this.world.links) link.close();
    await this.world.process.stop();
  }
}

/** What the operator of the bot wrote. */
function configuration(port: number, handlers: readonly Handler[], config: Config): object {
  const users = (names: readonly string[] = []) => names.map((name) => `user:1:${name}`);
  return {
    name: "oco",
    data: "./data",
    listen: { grpc: `127.0.0.1:${port}`, http: "", tls: "off" },
    adapter: { name: adapter, remote: true },
    handlers: handlers.map(({ name }) => ({
      name,
      remote: true,
      ...(config.scopes?.[name] ? { scopes: config.scopes[name] } : {}),
      ...(config.settings?.[name] ? { settings: config.settings[name] } : {}),
    })),
    groups: Object.fromEntries(Object.entries(config.groups ?? {}).map(([group, names]) => [group, users(names)])),
    operators: users(config.operators),
    limits: { user_messages: 0, loop_answers: 0 },
  };
}
