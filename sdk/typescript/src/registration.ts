// What the bot knows of the plugin: it is told at the beginning, when it has forgotten, and
// when settings change; and what only a person can mend ends the replica.

import { Code, ConnectError, type Client as RPC } from "@connectrpc/connect";
import { cut, errorText, GivenUpError, reasonOf, transient } from "./errors.js";
import type { BotService, Manifest, RegisterResponse } from "./gen/openchatops/v1/bot_pb.js";
import type { Argument } from "./gen/openchatops/v1/message_pb.js";
import type { Link } from "./link.js";
import type { Log } from "./log.js";
import { callTimeout } from "./rpc.js";
import { Backoff } from "./time.js";

/** How often in a row the bot may refuse the key. */
const keysAllowed = 3;
/** What is said of settings that are refused: how much, and in how many bytes each. [OCO-SET-5] */
const maxProblems = 64;
const maxProblem = 2 << 10;
const maxPath = 1 << 10;

/** What a plugin does not take of its settings. */
export interface Problem {
  /** Where it is, such as "hosts[1]" or "commands[2].timeout"; "" is all settings. [OCO-SET-5] */
  readonly path: string;
  /** What is wrong and what to do, for the operator. */
  readonly text: string;
}

/** What is registered. */
export interface Offer {
  readonly name: string;
  /** What to register now: its settings come first if the rest depends on them. */
  offer(): { readonly manifest: Manifest; readonly settingsOnly: boolean };
  /** Takes settings, or says what is wrong with them; changed: what it offers is another thing now. */
  settle(given: readonly Argument[], log: Log): { readonly problems: readonly Problem[]; readonly changed: boolean };
  /** Takes the bot's answer to its manifest. */
  registered(response: RegisterResponse, log: Log): void;
}

/** How a replica is registered. */
export interface Registrar {
  /** The name of the replica. */
  readonly replica: string;
  readonly bot: RPC<typeof BotService>;
  readonly link: Link;
  readonly log: Log;
  /** The bot has learnt of it anew, and may know nothing of what it holds. */
  known(): void;
  /** What the bot can do. */
  features(names: readonly string[]): void;
  /** Ends the replica for good. */
  end(why: Error): void;
}

/** Its settings are not taken, by the bot or by itself. */
class SettingsError extends GivenUpError {}

export class Registration {
  /** How often the bot has taken it. */
  generation = 0;
  private registering: Promise<void> | undefined;
  private refusals = 0;
  private doubted = false;

  constructor(
    private readonly offer: Offer,
    private readonly by: Registrar,
  ) {}

  /** Registers unless somebody did since a generation. False if the signal came first. */
  async after(seen: number, signal: AbortSignal): Promise<boolean> {
    while (this.generation <= seen && !signal.aborted) await (this.registering ?? this.begin(signal));
    return this.generation > seen;
  }

  /** Asks for new settings, behind a registration that may have those before. [OCO-SET-8] */
  async settingsChanged(life: AbortSignal): Promise<void> {
    try {
      while (this.registering) await this.registering;
      await this.begin(life);
    } catch (error) {
      if (error instanceof SettingsError) {
        this.by.log.error("the new settings are refused; going on with those before", { error: errorText(error) });
      } else {
        this.by.end(error instanceof Error ? error : new GivenUpError(String(error)));
      }
    }
  }

  /** The bot has answered: its key is good. */
  accepted(): void {
    this.refusals = 0;
  }

  /**
   * Looks at the error of a call: registers again if the bot has forgotten the replica, and
   * ends it if it can never go on. Says whether the call may be repeated at once.
   */
  async again(error: unknown, generation: number, signal: AbortSignal): Promise<boolean> {
    const { link, replica } = this.by;
    try {
      switch (reasonOf(error)) {
        case "REPLICA_NOT_FOUND": {
          const again = await this.after(generation, signal);
          this.by.known();
          return again;
        }
        case "EPOCH_FENCED":
          throw new GivenUpError(`another process is the replica "${replica}" now: ${link.why(error)}`, {
            cause: error,
          });
      }
      this.judge(error);
    } catch (why) {
      if (!signal.aborted) this.by.end(why instanceof Error ? why : new GivenUpError(String(why)));
    }
    return false;
  }

  private begin(signal: AbortSignal): Promise<void> {
    this.registering = this.anew(signal).finally(() => {
      this.registering = undefined;
    });
    return this.registering;
  }

  /** Repeats until the bot answers or the signal comes; what it throws says that the bot never will. */
  private async anew(signal: AbortSignal): Promise<void> {
    const { link, log } = this.by;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.once(signal);
        this.generation++;
        return;
      } catch (error) {
        if (error instanceof GivenUpError) throw error;
        if (signal.aborted) return;
        this.judge(error);
        if (!(error instanceof ConnectError) || !transient(error)) {
          const Kind = reasonOf(error) === "SETTINGS_INVALID" ? SettingsError : GivenUpError;
          throw new Kind(`the bot does not register the plugin ${this.offer.name}: ${link.why(error)}`, {
            cause: error,
          });
        }
        log.warn("cannot register with the bot; trying again", { error: link.why(error) });
        await backoff.sleep(signal);
      }
    }
  }

  /** Registers, behind its settings if what it offers depends on them. [OCO-SET-4] */
  private async once(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { manifest, settingsOnly } = this.offer.offer();
      const call = { timeoutMs: callTimeout, signal };
      const response = await this.by.bot.register({ manifest, settingsOnly, replica: this.by.replica }, call);
      this.accepted();
      const { problems, changed } = this.offer.settle(response.settings, this.by.log);
      if (problems.length > 0) await this.complain(manifest, problems, signal);
      if (settingsOnly || changed) continue;
      this.by.features(response.bot?.features ?? []);
      this.offer.registered(response, this.by.log);
      return;
    }
  }

  /** Tells the operator what is wrong with the settings, and throws it. */
  private async complain(manifest: Manifest, problems: readonly Problem[], signal: AbortSignal): Promise<never> {
    const { replica } = this.by;
    const settingsProblems = problems
      .slice(0, maxProblems)
      .map(({ path, text }) => ({ path: cut(path, maxPath), text: cut(text, maxProblem) }));
    let why = problems.map(({ path, text }) => (path === "" ? text : `${path}: ${text}`)).join("; ");
    try {
      await this.by.bot.register(
        { manifest, replica, settingsOnly: true, settingsProblems },
        { timeoutMs: callTimeout, signal },
      );
    } catch (error) {
      if (reasonOf(error) !== "SETTINGS_INVALID") throw error;
      // The bot names the places in the configuration.
      if (error instanceof ConnectError) why = error.rawMessage;
    }
    throw new SettingsError(`the settings of the plugin ${this.offer.name} are refused: ${why}`);
  }

  /** Counts refusals of the key in a row, and looks who answers: what only a person can mend is thrown. */
  private judge(error: unknown): void {
    const { doubt } = this.by.link;
    if (doubt && this.generation === 0) throw doubt;
    if (doubt && !this.doubted) {
      // What it holds can still be finished when the bot comes back.
      this.doubted = true;
      this.by.log.error("the bot is out of reach; trying again", { error: doubt.message });
    }
    if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) return;
    if (++this.refusals < keysAllowed) return;
    throw new GivenUpError(
      `the bot does not accept the key of the plugin ${this.offer.name} (${error.rawMessage}): make a new one with ` +
        `\`oco key new ${this.offer.name}\`, or check that the endpoint is the right bot`,
    );
  }
}
