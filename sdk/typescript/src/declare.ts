// Routes as the bot is told of them.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { flagNames } from "./args.js";
import type { Call } from "./call.js";
import { errorText, misuse } from "./errors.js";
import {
  ArgumentSpecSchema,
  Notice,
  Order,
  type Route,
  RouteSchema,
  RunPolicy,
} from "./gen/openchatops/v1/route_pb.js";
import { type GroupType, groupSpecs } from "./groups.js";
import { Event, Message } from "./message.js";
import type {
  Callback,
  CommandContext,
  CommandOptions,
  EventContext,
  HearContext,
  HearOptions,
  RouteOptions,
} from "./route.js";
import { duration } from "./time.js";
import { argumentsOf } from "./values.js";

/** A route with its callback. */
export interface Declared {
  readonly wire: Route;
  /** What it is and where in the author's code it stands: `command("ping") at ping.ts:3`. */
  readonly place: string;
  readonly run: (call: Call) => void | Promise<void>;
}

/** How a declaration begins that is not finished. */
interface Begun {
  readonly place: string;
  readonly callback: unknown;
  readonly options: RouteOptions;
}

/** What is wrong with a declaration, and where that stands. */
export function wrong(place: string, why: string): Error {
  return misuse(`${place}: ${why}`);
}

export function declareCommand(
  at: string,
  pattern: string,
  help: string,
  callback: Callback<CommandContext<string>>,
  options: CommandOptions,
): Declared {
  const place = `command("${pattern}") at ${at}`;
  if (typeof pattern !== "string" || pattern.trim() === "") throw wrong(place, "the pattern is empty");
  if (typeof help !== "string") {
    throw wrong(place, "the second argument is a sentence of help, and the third the callback");
  }
  check(place, options, commandOptions);
  const flags = flagNames(pattern);
  return {
    place,
    wire: routeOf(
      { place, callback, options },
      {
        help,
        examples: texts(place, "examples", options.examples),
        match: {
          case: "command",
          value: {
            pattern,
            aliases: texts(place, "aliases", options.aliases),
            deprecated: texts(place, "deprecated", options.deprecated),
            arguments: Object.entries(options.arguments ?? {}).map(([name, argument]) => {
              check(`${place}: the argument ${name}`, argument, argumentOptions);
              return create(ArgumentSpecSchema, {
                name,
                help: argument.help ?? "",
                sensitive: argument.secret ?? false,
                choices: texts(place, `the choices of the argument ${name}`, argument.choices),
              });
            }),
            onEdit: options.onEdit ?? false,
          },
        },
      },
    ),
    run: (call) => {
      const args = argumentsOf(call.wire.match?.arguments ?? [], flags);
      return callback({ msg: new Message(call), args, signal: call.signal, log: call.log });
    },
  };
}

export function declareHear(
  at: string,
  expression: string,
  callback: Callback<HearContext>,
  options: HearOptions,
  defaultName: string,
): Declared {
  const place = `hear("${expression}") at ${at}`;
  if (typeof expression !== "string") throw wrong(place, "the expression is no text");
  check(place, options, hearOptions);
  let specs: ReturnType<typeof groupSpecs>;
  try {
    specs = groupSpecs(expression, (options.groups ?? {}) as Readonly<Record<string, GroupType>>);
  } catch (error) {
    throw wrong(place, errorText(error));
  }
  return {
    place,
    wire: routeOf(
      { place, callback, options: { name: defaultName, ...options } },
      {
        help: options.help ?? "",
        priority: whole(place, "priority", options.priority, -most),
        match: {
          case: "hear",
          value: {
            regex: expression,
            addressedOnly: options.addressedOnly ?? false,
            exclusive: options.exclusive ?? false,
            includeBots: options.includeBots ?? false,
            onEdit: options.onEdit ?? false,
            arguments: specs,
          },
        },
      },
    ),
    run: (call) => {
      const args = argumentsOf(call.wire.match?.arguments ?? [], []);
      return callback({ msg: new Message(call), args, signal: call.signal, log: call.log });
    },
  };
}

export function declareEvent(
  at: string,
  type: string,
  callback: Callback<EventContext>,
  options: RouteOptions,
): Declared {
  const place = `on("${type}") at ${at}`;
  if (typeof type !== "string" || type === "") throw wrong(place, "the type is that of one event, as a text");
  check(place, options, routeOptions);
  return {
    place,
    wire: routeOf(
      { place, callback, options: { name: `event-${type}`, ...options } },
      { match: { case: "event", value: { types: [type] } } },
    ),
    run: (call) => callback({ event: new Event(call), signal: call.signal, log: call.log }),
  };
}

const most = 2 ** 31 - 1;
const orders = { user: Order.USER, room: Order.ROOM, route: Order.ROUTE, none: Order.NONE };
const notices = { person: Notice.PERSON, operators: Notice.OPERATORS, none: Notice.NONE };

function routeOf({ place, callback, options }: Begun, own: MessageInitShape<typeof RouteSchema>): Route {
  if (typeof callback !== "function") throw wrong(place, "the callback is not a function");
  const { name = "" } = options;
  if (typeof name !== "string" || options.name === "") throw wrong(place, "its name is empty, or no text");
  return create(RouteSchema, {
    ...own,
    name,
    allow: texts(place, "allow", options.allow),
    danger: options.danger ?? false,
    runPolicy: options.repeatable ? RunPolicy.REPEATABLE : RunPolicy.UNSPECIFIED,
    order: oneOf(place, "order", orders, options.order) ?? Order.UNSPECIFIED,
    notice: oneOf(place, "notice", notices, options.notice) ?? Notice.UNSPECIFIED,
    maxAttempts: whole(place, "maxAttempts", options.maxAttempts),
    ...span(place, "maxRun", options),
    ...span(place, "staleAfter", options),
  });
}

type Names<T> = Readonly<Record<keyof T, true>>;

const routeOptions: Names<RouteOptions> = {
  name: true,
  allow: true,
  danger: true,
  repeatable: true,
  order: true,
  notice: true,
  maxRun: true,
  staleAfter: true,
  maxAttempts: true,
};
const commandOptions: Names<CommandOptions> = {
  ...routeOptions,
  aliases: true,
  deprecated: true,
  examples: true,
  arguments: true,
  onEdit: true,
};
const hearOptions: Names<HearOptions> = {
  ...routeOptions,
  help: true,
  groups: true,
  priority: true,
  addressedOnly: true,
  exclusive: true,
  includeBots: true,
  onEdit: true,
};
const argumentOptions: Names<NonNullable<CommandOptions["arguments"]>[string]> = {
  help: true,
  secret: true,
  choices: true,
};

/** Refuses options that the compiler would not let pass: a name that is mistyped would mean nothing. */
function check(place: string, options: object, known: object): void {
  if (typeof options !== "object" || options === null) throw wrong(place, "its options are no object");
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name))
      throw wrong(place, `there is no option "${name}"; there are ${Object.keys(known).join(", ")}`);
  }
}

function texts(place: string, field: string, list: readonly string[] = []): string[] {
  if (!Array.isArray(list) || list.some((text) => typeof text !== "string"))
    throw wrong(place, `${field}: must be a list of texts`);
  return [...list];
}

function whole(place: string, field: string, value = 0, least = 0): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw wrong(place, `${field} ${value}: must be a whole number from ${least} to ${most}`);
  return value;
}

function oneOf<T>(place: string, field: string, all: Readonly<Record<string, T>>, name?: string): T | undefined {
  if (name === undefined) return undefined;
  if (!Object.hasOwn(all, name))
    throw wrong(place, `${field} "${name}": must be one of ${Object.keys(all).join(", ")}`);
  return all[name];
}

function span(place: string, field: "maxRun" | "staleAfter", options: RouteOptions) {
  const ms = options[field];
  if (ms === undefined) return {};
  try {
    return { [field]: duration(ms, field) };
  } catch (error) {
    throw wrong(place, errorText(error));
  }
}
