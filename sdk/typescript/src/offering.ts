// What a handler offers: its routes and scopes as they are declared, or as its settings
// make them, and which of them the bot took.

import { create, equals } from "@bufbuild/protobuf";
import type { Call } from "./call.js";
import { type Declared, wrong } from "./declare.js";
import { GivenUpError, Permanent } from "./errors.js";
import { type Manifest, ManifestSchema, type RegisterResponse } from "./gen/openchatops/v1/bot_pb.js";
import type { Delivery } from "./gen/openchatops/v1/delivery_pb.js";
import { type Argument, ArgumentSchema } from "./gen/openchatops/v1/message_pb.js";
import type { Log } from "./log.js";
import { placeIn, told } from "./place.js";
import type { Problem } from "./registration.js";
import { meansSettings, problemsOf, readSettings, type SettingSpecs, settingSpecs } from "./settings.js";

/** How many routes the bot takes of one handler. [OCO-SIZ-30] */
const maxRoutes = 10_000;

/** Routes and scopes that an author declared. */
export class Declarations {
  readonly scopes = new Set<string>();
  readonly routes: Declared[] = [];
  /** How many hear routes there are. */
  hears = 0;
  /** Others are built from these, and nothing is added to them meanwhile. */
  closed = false;
  private readonly names = new Map<string, Declared>();
  private readonly patterns = new Map<string, Declared>();

  copy(): Declarations {
    const same = new Declarations();
    for (const scope of this.scopes) same.scopes.add(scope);
    for (const declared of this.routes) same.add(declared);
    return same;
  }

  add(declared: Declared): void {
    const { wire, place } = declared;
    const { name, match } = wire;
    if (this.closed) throw wrong(place, "build declares on the handler that it is given, and this is another");
    const named = this.names.get(name);
    if (named) throw wrong(place, `there is a route "${name}" already, ${named.place}; give one of them another name`);
    const pattern = match.case === "command" ? match.value.pattern : undefined;
    const alike = pattern === undefined ? undefined : this.patterns.get(pattern);
    if (alike) throw wrong(place, `there is a route with this pattern already, ${alike.place}; leave one of them out`);
    if (this.routes.length === maxRoutes)
      throw wrong(place, `the bot takes ${maxRoutes} routes of one handler, and this is one more`);
    this.routes.push(declared);
    if (name !== "") this.names.set(name, declared);
    if (pattern !== undefined) this.patterns.set(pattern, declared);
    if (match.case === "hear") this.hears++;
  }
}

/** What an author declared that the operator may set. */
export interface DeclaredSettings {
  readonly specs: SettingSpecs;
  /** Looks at settings, and throws what is wrong with them. What it returns makes them those that count. */
  offer(now: Record<string, unknown>): () => void;
}

export class Offering {
  readonly base = new Declarations();
  settings: DeclaredSettings | undefined;
  /** What the settings make of it, if it depends on them. */
  made: Declarations | undefined;
  dependsOnSettings = false;
  private asked = false;
  private given: readonly Argument[] | undefined;
  /** By the name that the bot gave, and also those of before: a delivery may be on its way. */
  private readonly live = new Map<string, Declared>();
  /** What the bot calls the definitions that it took last, by the name of the route. */
  private definitions = new Map<string, string>();

  constructor(
    readonly name: string,
    private readonly about: { readonly version: string; readonly description: string; readonly maxInFlight: number },
  ) {}

  get inFlight(): number {
    return this.about.maxInFlight;
  }

  private get now(): Declarations {
    return this.made ?? this.base;
  }

  /** All that it offers now. */
  manifest(): Manifest {
    const { version, description } = this.about;
    return create(ManifestSchema, {
      version,
      description,
      scopes: [...this.now.scopes],
      routes: this.now.routes.map(({ wire }) => wire),
      settings: this.settings ? settingSpecs(this.settings.specs) : [],
    });
  }

  /** What to register now: its settings come first if the rest depends on them. */
  offer(): { readonly manifest: Manifest; readonly settingsOnly: boolean } {
    const settingsOnly = this.dependsOnSettings && !this.asked;
    const whole = this.manifest();
    return { manifest: settingsOnly ? create(ManifestSchema, { settings: whole.settings }) : whole, settingsOnly };
  }

  /** Takes settings, or says what is wrong with them; changed: what it offers is another thing now. */
  settle(given: readonly Argument[], log: Log): { readonly problems: readonly Problem[]; readonly changed: boolean } {
    if (!this.settings || same(this.given, given)) {
      this.asked = true;
      return { problems: [], changed: false };
    }
    const { now, problems } = readSettings(this.settings.specs, given);
    if (problems.length > 0) return { problems, changed: false };
    try {
      this.settings.offer(now)();
    } catch (error) {
      if (error instanceof Error && error.stack && !meansSettings(error)) {
        log.error(
          `the settings are refused, because of what was thrown at ${placeIn(error.stack) ?? "an unknown place"}`,
          {
            error: told(error.stack, false),
          },
        );
      }
      return { problems: problemsOf(error), changed: false };
    }
    this.given = given;
    this.asked = true;
    return { problems: [], changed: this.dependsOnSettings };
  }

  /** Takes the bot's answer to the manifest. */
  registered(response: RegisterResponse, log: Log): void {
    this.asked = false; // the next registration asks again
    this.definitions = new Map(response.routes.map((result) => [result.route, result.definitionId]));
    response.routes.forEach((result, i) => {
      const declared = this.now.routes[i];
      if (!declared) {
        const n = this.now.routes.length;
        throw new GivenUpError(`the bot judged ${response.routes.length} routes, the handler has ${n}`);
      }
      if (result.error) {
        log.error(`${declared.place}: the bot does not take this route: ${result.error.message}`, {
          route: result.route,
        });
        return;
      }
      this.live.set(result.route, declared);
    });
  }

  /** The declaration of a route, and where it stands. */
  declared(route: string): string {
    return this.live.get(route)?.place ?? `the route "${route}", which this program does not have`;
  }

  /** Says that a delivery matched its route as it was before the settings changed. [OCO-LIF-60] */
  outdated(delivery: Delivery): boolean {
    const now = this.definitions.get(delivery.route);
    return now !== undefined && delivery.definitionId !== "" && delivery.definitionId !== now;
  }

  /** Runs the callback of a route. */
  async run(call: Call): Promise<void> {
    const declared = this.live.get(call.wire.route);
    if (!declared) throw new Permanent(new Error(`this replica has no route "${call.wire.route}"`));
    const { payload } = call.wire;
    const message = payload.case === "event" && payload.value.kind.case === "message";
    if (payload.case !== "event" || message !== (declared.wire.match.case !== "event")) {
      const why = `the route "${call.wire.route}" is for no such event: is the bot newer than this library?`;
      throw new Permanent(new Error(why));
    }
    await declared.run(call);
  }
}

function same(before: readonly Argument[] | undefined, now: readonly Argument[]): boolean {
  return before?.length === now.length && before.every((one, i) => equals(ArgumentSchema, one, now[i] ?? one));
}
