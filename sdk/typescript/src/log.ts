// What the library and a handler say to the operator.

/** Takes what is worth knowing. Attributes are for machines, the text for people. */
export interface Log {
  debug(text: string, attributes?: Attributes): void;
  info(text: string, attributes?: Attributes): void;
  warn(text: string, attributes?: Attributes): void;
  error(text: string, attributes?: Attributes): void;
}

export type Attributes = Readonly<Record<string, unknown>>;

type Write = (level: Level, text: string, attributes: Attributes) => void;
type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";

/** A log that adds attributes to all that is said. */
export function logWith(log: Log, attributes: Attributes): Log {
  return {
    debug: (text, more) => log.debug(text, { ...attributes, ...more }),
    info: (text, more) => log.info(text, { ...attributes, ...more }),
    warn: (text, more) => log.warn(text, { ...attributes, ...more }),
    error: (text, more) => log.error(text, { ...attributes, ...more }),
  };
}

function logTo(write: Write): Log {
  return {
    debug: (text, attributes = {}) => write("DEBUG", text, attributes),
    info: (text, attributes = {}) => write("INFO", text, attributes),
    warn: (text, attributes = {}) => write("WARN", text, attributes),
    error: (text, attributes = {}) => write("ERROR", text, attributes),
  };
}

/**
 * Logs to standard error: one JSON object a line, which the bot that started the
 * process takes apart as log collectors do; a sentence a line if that is a terminal.
 */
export function standardLog(stream: NodeJS.WriteStream = process.stderr): Log {
  return logTo((level, msg, attributes) => {
    const shown = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, plain(value)]));
    if (!stream.isTTY) {
      stream.write(`${JSON.stringify({ time: new Date().toISOString(), level, msg, ...shown }, big)}\n`);
      return;
    }
    const rest = Object.entries(shown).map(([name, value]) => ` ${name}=${JSON.stringify(value, big)}`);
    stream.write(`${level} ${msg}${rest.join("")}\n`);
  });
}

/** Logs nothing. */
export const silentLog: Log = logTo(() => {});

function plain(value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}

function big(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
