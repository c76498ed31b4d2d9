// A handler: a program with routes. Declare all of it, then run it.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Args, flagNames } from "./args.js";
import type { Call } from "./call.js";
import { parseEndpoint } from "./endpoint.js";
import { errorText, GivenUpError, Permanent, UsageError } from "./errors.js";
import { type Manifest, ManifestSchema, type RegisterResponse } from "./gen/openchatops/v1/bot_pb.js";
import {
  ArgumentSpecSchema,
  Notice,
  Order,
  type Route,
  RouteSchema,
  RunPolicy,
} from "./gen/openchatops/v1/route_pb.js";
import { holder } from "./keys.js";
import { Link } from "./link.js";
import { type Log, standardLog } from "./log.js";
import { runMain } from "./main.js";
import { Event, Message } from "./message.js";
import { Replica } from "./replica.js";
import { type Setting, type Settings, settingSpecs, settingValues } from "./settings.js";
import { duration } from "./time.js";
import { argumentsOf } from "./values.js";

/** What a callback of a command is given. */
export interface CommandContext<P extends string> {
  readonly msg: Message;
  /** The arguments of the pattern, typed; see {@link Args}. */
  readonly args: Args<P>;
  /** Ends when the delivery is cancelled, its lease is lost or its max_run is over. */
  readonly signal: AbortSignal;
  /** Names the delivery, its route and its trace. */
  readonly log: Log;
}

/** What a callback of a hear route is given: args are the named groups that took part. */
export interface HearContext {
  readonly msg: Message;
  readonly args: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What a callback of an event route is given. */
export interface EventContext {
  readonly event: Event;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * A callback. What it returns is ignored; what it throws fails the delivery, or has it run
 * again on a repeatable route; see {@link Tell}, {@link RetryAfter} and {@link Permanent}.
 */
export type Callback<C> = (context: C) => void | Promise<void>;

/** Refines a route. What is not set takes the default of the route's kind. */
export interface RouteOptions {
  /** Rules, help and the operator's configuration refer to it. */
  readonly name?: string;
  /** Groups of the operator's configuration that may use it; the operator may replace them. */
  readonly allow?: readonly string[];
  /** Refused to everybody outside a group that is named. */
  readonly danger?: boolean;
  /** Running the callback again is always safe: it reads, replies and fills its transaction. */
  readonly repeatable?: boolean;
  /** Which deliveries run one after the other: of one person in one room, of one room, of the route. */
  readonly order?: "user" | "room" | "route" | "none";
  /** Whom the bot tells when the outcome is not done. */
  readonly notice?: "person" | "operators" | "none";
  /** Bounds the callback, in milliseconds; 60 s unless set. */
  readonly maxRun?: number;
  /** The age after which it is not run any more, in milliseconds. */
  readonly staleAfter?: number;
  readonly maxAttempts?: number;
}

export interface CommandOptions extends RouteOptions {
  /** Further patterns with the same placeholders. */
  readonly aliases?: readonly string[];
  /** Further patterns that go on working and are no longer shown. */
  readonly deprecated?: readonly string[];
  /** Texts that it takes, for help. */
  readonly examples?: readonly string[];
  /** What help says of arguments, and whether their values are secret. */
  readonly arguments?: Readonly<
    Record<string, { readonly help?: string; readonly secret?: boolean; readonly choices?: readonly string[] }>
  >;
  /** Also the new text of a message that was changed. */
  readonly onEdit?: boolean;
}

export interface HearOptions extends RouteOptions {
  readonly help?: string;
  /** Of two hear routes, the one with the higher priority fires first. */
  readonly priority?: number;
  readonly addressedOnly?: boolean;
  /** Hear routes of lower priority do not fire. */
  readonly exclusive?: boolean;
  /** Also messages of other bots. */
  readonly includeBots?: boolean;
  readonly onEdit?: boolean;
}

/** How a handler reaches its bot. */
export interface ConnectOptions {
  /** unix:///absolute/path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN. */
  readonly endpoint: string;
  readonly key: string;
  /** Allows a key to travel unencrypted beyond this machine. */
  readonly insecure?: boolean;
  readonly log?: Log;
  /** Names this process. */
  readonly replica?: string;
  /** How long callbacks may go on after it was told to stop, in milliseconds; 30 s unless set. */
  readonly grace?: number;
  /** The bot started this process, whatever the handler calls itself. */
  readonly inherited?: boolean;
  /** Stops it in order, also while it waits for its bot: then connect rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A handler that is connected. */
export interface Connection {
  /** Takes no new delivery, finishes what runs, and resolves then. */
  stop(): Promise<void>;
  /** Ends at once, as if the process had been killed. */
  kill(): Promise<void>;
  /** Resolves when it has ended in order, rejects with why it gave up. */
  readonly ended: Promise<void>;
}

interface Declared {
  readonly wire: Route;
  /** Where in the author's code it stands. */
  readonly at: string;
  readonly run: (call: Call) => void | Promise<void>;
}

const defaultInFlight = 16;
const defaultGrace = 30_000;

export class Handler {
  /** For operators. */
  version = "";
  description = "";
  /** How many callbacks run at once. */
  maxInFlight = defaultInFlight;
  private readonly scopes = new Set<string>();
  private readonly routes: Declared[] = [];
  /** By the name that the bot gave. */
  private readonly live = new Map<string, Declared>();
  private declaredSettings: { specs: Readonly<Record<string, Setting>>; check?: (now: never) => void } | undefined;
  private settingsNow: Record<string, unknown> = {};

  /** The name must be the one that the operator's configuration gives it: its key belongs to that name. */
  constructor(readonly name: string) {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
      throw new TypeError(
        `new Handler("${name}"): a name is 1 to 40 characters of a-z, 0-9 and -, beginning with a letter`,
      );
    }
  }

  /** Asks for scopes, for example "users.read". The operator grants them. */
  asks(...scopes: string[]): this {
    for (const scope of scopes) this.scopes.add(scope);
    return this;
  }

  /**
   * Declares a route on messages that are addressed to the bot and fit the pattern whole.
   * help is one sentence for people. The bot compiles and matches the pattern; the compiler
   * reads the names and types of its arguments from it.
   */
  command<const P extends string>(
    pattern: P,
    help: string,
    run: Callback<CommandContext<P>>,
    options: CommandOptions = {},
  ): this {
    if (pattern.trim() === "") throw new TypeError("command: the pattern is empty");
    const flags = flagNames(pattern);
    return this.add(
      `command("${pattern}")`,
      run,
      options,
      {
        help,
        examples: [...(options.examples ?? [])],
        match: {
          case: "command",
          value: {
            pattern,
            aliases: [...(options.aliases ?? [])],
            deprecated: [...(options.deprecated ?? [])],
            arguments: Object.entries(options.arguments ?? {}).map(([name, argument]) =>
              create(ArgumentSpecSchema, {
                name,
                help: argument.help ?? "",
                sensitive: argument.secret ?? false,
                choices: [...(argument.choices ?? [])],
              }),
            ),
            onEdit: options.onEdit ?? false,
          },
        },
      },
      (call) => {
        const args = argumentsOf(call.wire.match?.arguments ?? [], flags) as Args<P>;
        return run({ msg: new Message(call), args, signal: call.signal, log: call.log });
      },
    );
  }

  /**
   * Declares a route on any message in which the expression is found: OCO-RE, a subset of
   * RE2. Its named groups become arguments.
   */
  hear(expression: string, run: Callback<HearContext>, options: HearOptions = {}): this {
    const hears = this.routes.filter(({ wire }) => wire.match.case === "hear").length;
    return this.add(
      `hear("${expression}")`,
      run,
      { name: `hear-${hears + 1}`, ...options },
      {
        help: options.help ?? "",
        priority: options.priority ?? 0,
        match: {
          case: "hear",
          value: {
            regex: expression,
            addressedOnly: options.addressedOnly ?? false,
            exclusive: options.exclusive ?? false,
            includeBots: options.includeBots ?? false,
            onEdit: options.onEdit ?? false,
          },
        },
      },
      (call) => {
        const args = argumentsOf(call.wire.match?.arguments ?? [], []) as Record<string, string>;
        return run({ msg: new Message(call), args, signal: call.signal, log: call.log });
      },
    );
  }

  /** Declares a route on events that are not messages, by type, for example "room.member_joined". */
  on(type: string, run: Callback<EventContext>, options: RouteOptions = {}): this {
    return this.add(
      `on("${type}")`,
      run,
      { name: `event-${type}`, ...options },
      {
        match: { case: "event", value: { types: [type] } },
      },
      (call) => run({ event: new Event(call), signal: call.signal, log: call.log }),
    );
  }

  /**
   * Declares what the operator may set, and returns what gives the settings of now. They are
   * there before the first callback. check may refuse them by throwing; what it throws is for
   * the operator, who reads it in the bot's status.
   */
  settings<const T extends Readonly<Record<string, Setting>>>(
    settings: T,
    check?: (now: Settings<T>) => void,
  ): () => Settings<T> {
    if (this.declaredSettings) throw new TypeError("settings: the handler has declared its settings already");
    this.declaredSettings = check ? { specs: settings, check: check as (now: never) => void } : { specs: settings };
    return () => this.settingsNow as Settings<T>;
  }

  /** What the handler offers and asks for; what --manifest prints. */
  manifest(): Manifest {
    return create(ManifestSchema, {
      version: this.version,
      description: this.description,
      scopes: [...this.scopes],
      routes: this.routes.map(({ wire }) => wire),
      settings: settingSpecs(this.declaredSettings?.specs ?? {}),
    });
  }

  /**
   * Runs the handler until the process is told to stop, and ends the process: the last line
   * of a program. It reads OCO_ENDPOINT and the key from OCO_KEY_FD or OCO_KEY. With the
   * argument --manifest it prints the manifest as JSON. On SIGTERM or SIGINT it takes no new
   * delivery, finishes what runs and exits 0; a second signal ends it at once. It exits 1 if
   * the bot refuses it, 2 if it was started without an endpoint or a key.
   */
  run(): Promise<void> {
    return runMain(this);
  }

  /** Connects the handler and resolves when the bot knows it. For programs that do more, and for tests. */
  async connect(options: ConnectOptions): Promise<Connection> {
    const owner = holder(options.key);
    if (!options.inherited && owner !== "" && owner !== this.name) {
      throw new UsageError(
        `the key is that of the plugin "${owner}", and this is the plugin "${this.name}": make its own with \`oco key new ${this.name}\``,
      );
    }
    if (!Number.isInteger(this.maxInFlight) || this.maxInFlight < 1)
      throw new UsageError(`maxInFlight ${this.maxInFlight}: must be a whole number above zero`);
    const { signal } = options;
    signal?.throwIfAborted();
    const link = new Link(parseEndpoint(options.endpoint, options.insecure));
    const replica = new Replica(
      {
        name: this.name,
        inFlight: this.maxInFlight,
        manifest: () => this.manifest(),
        registered: (response, log) => this.registered(response, log),
        declaredAt: (route) => this.live.get(route)?.at ?? "nowhere in this program",
        run: (call) => this.invoke(call),
      },
      {
        link,
        key: options.key,
        log: options.log ?? standardLog(),
        graceMs: options.grace ?? defaultGrace,
        ...(options.replica ? { replica: options.replica } : {}),
      },
    );
    const stop = () => replica.stop();
    signal?.addEventListener("abort", stop);
    const over = () => {
      signal?.removeEventListener("abort", stop);
      link.close();
    };
    try {
      await replica.register();
      if (!replica.registered) signal?.throwIfAborted();
    } catch (error) {
      over();
      throw error;
    }
    const ended = replica.serve().finally(over);
    ended.catch(() => {}); // who waits for it hears of it
    return {
      ended,
      stop: () => {
        replica.stop();
        return ended;
      },
      kill: async () => {
        replica.kill();
        await ended.catch(() => {});
      },
    };
  }

  private add(
    what: string,
    run: unknown,
    options: RouteOptions,
    own: MessageInitShape<typeof RouteSchema>,
    callback: Declared["run"],
  ): this {
    const at = caller();
    const wrong = (why: string) => new TypeError(`${what} at ${at}: ${why}`);
    if (typeof run !== "function") throw wrong("the callback is not a function");
    if (options.name === "") throw wrong("its name is empty");
    if (this.routes.some(({ wire }) => wire.name !== "" && wire.name === options.name)) {
      throw wrong(`there is a route "${options.name}" already; give one of them another name`);
    }
    for (const [field, value] of Object.entries({ priority: own.priority, maxAttempts: options.maxAttempts })) {
      if (value !== undefined && !Number.isInteger(value)) throw wrong(`${field} ${value}: must be a whole number`);
    }
    const span = (field: "maxRun" | "staleAfter") => {
      const ms = options[field];
      if (ms === undefined) return {};
      try {
        return { [field]: duration(ms, field) };
      } catch (error) {
        throw wrong(errorText(error));
      }
    };
    const wire = create(RouteSchema, {
      ...own,
      name: options.name ?? "",
      allow: [...(options.allow ?? [])],
      danger: options.danger ?? false,
      runPolicy: options.repeatable ? RunPolicy.REPEATABLE : RunPolicy.UNSPECIFIED,
      order: options.order ? orders[options.order] : Order.UNSPECIFIED,
      notice: options.notice ? notices[options.notice] : Notice.UNSPECIFIED,
      maxAttempts: options.maxAttempts ?? 0,
      ...span("maxRun"),
      ...span("staleAfter"),
    });
    const pattern = patternOf(wire);
    if (pattern !== undefined && this.routes.some((other) => patternOf(other.wire) === pattern)) {
      throw wrong("there is a route with this pattern already");
    }
    this.routes.push({ wire, at, run: callback });
    return this;
  }

  private registered(response: RegisterResponse, log: Log): string | undefined {
    const problem = this.take(response);
    if (problem !== undefined) return problem;
    this.live.clear();
    response.routes.forEach((result, i) => {
      const declared = this.routes[i];
      if (!declared)
        throw new GivenUpError(
          `the bot judged ${response.routes.length} routes, the handler has ${this.routes.length}`,
        );
      if (result.error) {
        log.error(`the bot does not take the route that is declared at ${declared.at}: ${result.error.message}`, {
          route: result.route,
        });
        return;
      }
      this.live.set(result.route, declared);
    });
    return undefined;
  }

  /** Takes settings, or says why not. */
  private take(response: RegisterResponse): string | undefined {
    if (!this.declaredSettings) return undefined;
    const given = {
      ...Object.fromEntries(Object.keys(this.declaredSettings.specs).map((name) => [name, undefined])),
      ...settingValues(response.settings),
    };
    try {
      this.declaredSettings.check?.(given as never);
    } catch (error) {
      return errorText(error);
    }
    this.settingsNow = given;
    return undefined;
  }

  private async invoke(call: Call): Promise<void> {
    const declared = this.live.get(call.wire.route);
    if (!declared) throw new Permanent(new Error(`this replica has no route "${call.wire.route}"`));
    const { payload } = call.wire;
    const message = payload.case === "event" && payload.value.kind.case === "message";
    if (payload.case !== "event" || message !== (declared.wire.match.case !== "event"))
      throw new Permanent(
        new Error(`the route "${call.wire.route}" is for no such event: is the bot newer than this library?`),
      );
    await declared.run(call);
  }
}

const orders = { user: Order.USER, room: Order.ROOM, route: Order.ROUTE, none: Order.NONE };
const notices = { person: Notice.PERSON, operators: Notice.OPERATORS, none: Notice.NONE };

function patternOf({ match }: Route): string | undefined {
  return match.case === "command" ? match.value.pattern : undefined;
}

/** Where the author's code calls into this file. */
function caller(): string {
  const here = import.meta.url;
  const line = new Error().stack
    ?.split("\n")
    .slice(1)
    .find((frame) => !frame.includes(here));
  return (
    /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^)]*:\d+):\d+\)?$/.exec(line ?? "")?.[1]?.replace(/^file:\/\//, "") ??
    "an unknown place"
  );
}
