// How a handler is connected with its bot.

import { parseEndpoint } from "./endpoint.js";
import { UsageError } from "./errors.js";
import { checkKey, holder } from "./keys.js";
import { Link } from "./link.js";
import { type Log, standardLog } from "./log.js";
import { type Plugin, Replica } from "./replica.js";

/** How a handler reaches its bot. */
export interface ConnectOptions {
  /** unix:///absolute/path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN. */
  readonly endpoint: string;
  readonly key: string;
  /** Allows a key to travel unencrypted beyond this machine. */
  readonly insecure?: boolean;
  /** Where the handler and the library log; standard error unless given. */
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

const defaultGrace = 30_000;

/** Connects a plugin, and resolves when the bot knows it. */
export async function connect(plugin: Plugin, options: ConnectOptions): Promise<Connection> {
  checkKey(options?.key);
  const owner = holder(options.key);
  if (!options.inherited && owner !== "" && owner !== plugin.name) {
    throw new UsageError(
      `the key is that of the plugin "${owner}", and this is the plugin "${plugin.name}": make its own with \`oco key new ${plugin.name}\``,
    );
  }
  if (!Number.isInteger(plugin.inFlight) || plugin.inFlight < 1)
    throw new UsageError(`maxInFlight ${plugin.inFlight}: must be a whole number above zero`);
  const { signal } = options;
  signal?.throwIfAborted();
  const link = new Link(parseEndpoint(options.endpoint, options.insecure));
  const replica = new Replica(plugin, {
    link,
    key: options.key,
    log: options.log ?? standardLog(),
    graceMs: options.grace ?? defaultGrace,
    ...(options.replica ? { replica: options.replica } : {}),
  });
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
