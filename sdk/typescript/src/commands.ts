// The commands that people may run, of all handlers: what a help shows.

import type { Command as WireCommand } from "./gen/openchatops/v1/bot_pb.js";
import { ArgumentCheck, type ArgumentSpec, ArgumentType } from "./gen/openchatops/v1/route_pb.js";

/** A command of some handler. */
export interface Command {
  readonly plugin: string;
  readonly route: string;
  readonly pattern: string;
  /** Further patterns with the same placeholders. */
  readonly aliases: readonly string[];
  readonly help: string;
  /** Texts that it takes. */
  readonly examples: readonly string[];
  readonly danger: boolean;
  /** Registered, but no replica lives. */
  readonly offline: boolean;
  /** The operator keeps it out of help. Only operators are listed such a command. */
  readonly hidden: boolean;
  readonly arguments: readonly CommandArgument[];
}

/** An argument of a command, with all that its pattern and its author say of it. */
export interface CommandArgument {
  readonly name: string;
  readonly help: string;
  /** As patterns spell it: "text", "integer", "choice" and so on, or what a text is held to: "url", "json", "regex". */
  readonly type: string;
  readonly choices: readonly string[];
  /** What stands in when it is left out, as it would be typed; absent if nothing does. */
  readonly default?: string;
  readonly secret: boolean;
  /** A message may leave it out. */
  readonly optional: boolean;
  /** One or more words. */
  readonly list: boolean;
  /** All that is left of the message. */
  readonly rest: boolean;
}

export function commandOf(wire: WireCommand): Command {
  return {
    plugin: wire.pluginId,
    route: wire.route,
    pattern: wire.pattern,
    aliases: wire.aliases,
    help: wire.help,
    examples: wire.examples,
    danger: wire.danger,
    offline: wire.offline,
    hidden: wire.hidden,
    arguments: wire.arguments.map(argumentOf),
  };
}

function argumentOf(wire: ArgumentSpec): CommandArgument {
  const { name, help, choices, optional, list, rest } = wire;
  return {
    name,
    help,
    type: (wire.check === ArgumentCheck.UNSPECIFIED
      ? ArgumentType[wire.type]
      : ArgumentCheck[wire.check]
    ).toLowerCase(),
    choices,
    ...(wire.defaultText === undefined ? {} : { default: wire.defaultText }),
    secret: wire.sensitive,
    optional,
    list,
    rest,
  };
}
