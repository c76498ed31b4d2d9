// A handler: a program with routes. Declare all of it, then run it.

import { type Connection, type ConnectOptions, connect } from "./connection.js";
import { declareCommand, declareEvent, declareHear } from "./declare.js";
import { misuse } from "./errors.js";
import type { Manifest } from "./gen/openchatops/v1/bot_pb.js";
import type { GroupType } from "./groups.js";
import { runMain } from "./main.js";
import { type Declarations, Offering } from "./offering.js";
import { callerOf } from "./place.js";
import type {
  Callback,
  CommandContext,
  CommandOptions,
  EventContext,
  HearContext,
  HearOptions,
  RouteOptions,
} from "./route.js";
import { atOnce, type SettingSpecs, type Settings, settingSpecs } from "./settings.js";

const defaultInFlight = 16;

export class Handler {
  /** For operators. */
  version = "";
  /** For operators: one sentence. */
  description = "";
  /** How many callbacks run at once. The bot may grant less. */
  maxInFlight = defaultInFlight;
  private readonly offering: Offering;
  /** Where declarations go. */
  private readonly declarations: Declarations;

  /**
   * The name must be the one that the operator's configuration gives it, 1 to 40 characters
   * of a-z, 0-9 and -, beginning with a letter: its key belongs to that name.
   */
  constructor(readonly name: string) {
    if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
      throw misuse(
        `new Handler("${name}") at ${callerOf(Handler)}: a name is 1 to 40 characters of a-z, 0-9 and -, beginning with a letter`,
      );
    }
    this.offering = new Offering(name, this);
    this.declarations = this.offering.base;
  }

  /**
   * A handler whose routes depend on what the operator set. build declares them on the
   * handler that it is given, which has what was declared on this one. It is called before
   * the handler registers, and again when the settings change; also when somebody only
   * checks a configuration, so it starts nothing. It does not wait.
   *
   * What build throws refuses the settings: a {@link SettingProblem} says where, and a
   * mistake in a declaration is thrown by itself. If they are the first, the handler ends;
   * else it goes on with the settings and the routes of before. [OCO-SET-4] [OCO-SET-8]
   */
  static from<const T extends SettingSpecs>(
    name: string,
    settings: T,
    build: (now: Settings<T>, handler: Handler) => void,
  ): Handler {
    const handler = new Handler(name);
    const { offering } = handler;
    if (typeof build !== "function") throw misuse(`Handler.from("${name}"): build is no function`);
    offering.dependsOnSettings = true;
    handler.declareSettings(settings, (now) => {
      const fresh = new Handler(name);
      Object.assign(fresh, { declarations: offering.base.copy() });
      offering.base.closed = true;
      try {
        atOnce(
          build(now as Settings<T>, fresh),
          `Handler.from("${name}"): build must not be async, because what it declares is registered when it returns`,
        );
      } finally {
        offering.base.closed = false;
      }
      return () => {
        offering.made = fresh.declarations;
      };
    });
    return handler;
  }

  /** Asks for scopes, for example "users.read". The operator grants them. */
  asks(...scopes: string[]): this {
    for (const scope of scopes) {
      if (typeof scope !== "string") throw misuse(`asks: scopes are texts such as "users.read", each an argument`);
      this.declarations.scopes.add(scope);
    }
    return this;
  }

  /**
   * Declares a route on messages that are addressed to the bot and fit the pattern whole.
   * help is one sentence for people. The bot compiles and matches the pattern; the compiler
   * reads the names and types of its arguments from it. It throws a TypeError for what
   * cannot be declared; what the bot does not take of it is logged, with its place, when the
   * handler registers. [OCO-RTE-3]
   */
  command<const P extends string>(
    pattern: P,
    help: string,
    run: Callback<CommandContext<P>>,
    options: CommandOptions = {},
  ): this {
    const at = callerOf(this.command);
    this.declarations.add(
      declareCommand(at, pattern, help, run as unknown as Callback<CommandContext<string>>, options),
    );
    return this;
  }

  /**
   * Declares a route on any message in which the expression is found: OCO-RE, a subset of
   * RE2. Its named groups become arguments; `groups` of the options says what they are.
   * Nobody is told of an outcome that is not done.
   */
  hear<const E extends string, const G extends Readonly<Record<string, GroupType>> = Readonly<Record<never, never>>>(
    expression: E,
    run: Callback<HearContext<E, G>>,
    options: HearOptions<E, G> = {},
  ): this {
    const at = callerOf(this.hear);
    const name = `hear-${this.declarations.hears + 1}`;
    const callback = run as unknown as Callback<HearContext>;
    this.declarations.add(declareHear(at, expression, callback, options as unknown as HearOptions, name));
    return this;
  }

  /**
   * Declares a route on events that are not messages, by type: "room.member_joined",
   * "reaction.added" and others of spec/operations.md, or what a program publishes.
   */
  on(type: string, run: Callback<EventContext>, options: RouteOptions = {}): this {
    this.declarations.add(declareEvent(callerOf(this.on), type, run, options));
    return this;
  }

  /**
   * Declares what the operator may set, and returns what gives the settings of now. They are
   * there before the first callback. check may refuse them by throwing, with a
   * {@link SettingProblem} where it knows the place; the operator reads it in the bot's
   * status. It must not wait. Settings that are refused later leave those of before.
   * [OCO-SET-2] [OCO-SET-5]
   */
  settings<const T extends SettingSpecs>(settings: T, check?: (now: Settings<T>) => void): () => Settings<T> {
    let current: Record<string, unknown> = {};
    if (check !== undefined && typeof check !== "function") throw misuse("settings: check is no function");
    this.declareSettings(settings, (now) => {
      atOnce(
        check?.(now as Settings<T>),
        "settings: check must not be async, because the settings count when it returns",
      );
      return () => {
        current = now;
      };
    });
    return () => current as Settings<T>;
  }

  private declareSettings(specs: SettingSpecs, offer: (now: Record<string, unknown>) => () => void): void {
    if (this.declarations !== this.offering.base) {
      throw misuse("settings: what is built from settings declares none");
    }
    if (this.offering.settings) throw misuse("settings: the handler has declared its settings already");
    if (typeof specs !== "object" || specs === null) throw misuse("settings: they are an object, each by its name");
    settingSpecs(specs);
    this.offering.settings = { specs, offer };
  }

  /** What the handler offers and asks for; what --manifest prints. */
  manifest(): Manifest {
    return this.offering.manifest();
  }

  /**
   * Runs the handler until the process is told to stop, and ends the process: the last line
   * of a program. It reads OCO_ENDPOINT and the key from OCO_KEY_FD or OCO_KEY. With the
   * argument --manifest it prints the manifest as JSON. On SIGTERM or SIGINT it takes no new
   * delivery, finishes what runs and exits 0; a second signal ends it at once. It exits 1 if
   * the bot refuses it, 2 if it was started without an endpoint or a key.
   */
  run(): Promise<void> {
    return runMain(this.offering);
  }

  /**
   * Connects the handler and resolves when the bot knows it: for programs that do more, and
   * for tests. While the bot is out of reach it waits, and says so in the log. It rejects if
   * only a person can help: with a {@link UsageError} for what it was given, else with a
   * {@link GivenUpError}.
   */
  connect(options: ConnectOptions): Promise<Connection> {
    return connect(this.offering, options);
  }
}
