import { inspect } from "node:util";
import type { Log } from "../src/index.js";

/** A log that a test reads. */
export function newLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const add = (text: string, attributes: object = {}) => {
    lines.push(`${text} ${inspect(attributes, { breakLength: Number.POSITIVE_INFINITY })}`.replaceAll("\n", "\\n"));
  };
  return { lines, debug: add, info: add, warn: add, error: add };
}
