// Where in the author's code something is: a file and a line, of the source where the
// program says what it was made from.

import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(import.meta.url);
/** Where this library is, unless it was bundled into the author's program. */
const library = basename(here) === "place.js" ? dirname(here) : undefined;

/** The place from which a function of the library was called. */
export function callerOf(called: ((...args: never[]) => unknown) | (new (...args: never[]) => unknown)): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, called);
  const frames = framesOf(trace.stack);
  const frame = frames.find(authors) ?? frames[0];
  return frame ? `${frame.file}:${frame.row}` : "an unknown place";
}

/** The author's line in a stack: the first that is not of this library, of a package or of node. */
export function placeIn(stack: string | undefined): string | undefined {
  const frame = framesOf(stack).find(authors);
  return frame && `${frame.file}:${frame.row}`;
}

/**
 * A stack in the lines of the sources, down to the last of the author's: who called that
 * tells nothing. Of an error that the library means to throw, its own lines tell nothing either.
 */
export function told(stack: string, meant: boolean): string {
  const lines = stack.split("\n").map((line) => ({ line, frame: frameOf(line) }));
  const last = lines.findLastIndex(({ frame }) => frame && authors(frame));
  return lines
    .filter(({ line, frame }, i) => !/^\s+at /.test(line) || (i <= last && frame && (!meant || authors(frame))))
    .map(({ line, frame }) =>
      frame ? `${frame.before}${frame.file}:${frame.row}:${frame.column}${frame.after}` : line,
    )
    .join("\n");
}

interface Position {
  readonly file: string;
  readonly row: number;
  readonly column: number;
}

interface Frame extends Position {
  readonly before: string;
  readonly after: string;
  readonly ours: boolean;
}

function authors({ ours, file }: Frame): boolean {
  return !ours && !/[\\/]node_modules[\\/]/.test(file);
}

function framesOf(stack: string | undefined): Frame[] {
  return (stack ?? "").split("\n").flatMap((line) => frameOf(line) ?? []);
}

/** A line of a stack, undefined if it names no file. */
function frameOf(line: string): Frame | undefined {
  const found = /^(\s+at (?:async )?(?:.*\()?)(file:\/\/)?((?:\/|[A-Za-z]:\\)[^()]*):(\d+):(\d+)(\)?)$/.exec(line);
  if (!found) return undefined;
  const [, before = "", url, path = "", row, column, after = ""] = found;
  const file = url ? fileURLToPath(`file://${path}`) : path;
  const ours = library !== undefined && file.startsWith(library);
  return { before, after, ours, ...sourceOf({ file, row: Number(row), column: Number(column) }) };
}

/** A position in what a file was made from, or the same if it does not say. */
function sourceOf(at: Position): Position {
  const entry = mapOf(at.file)?.findEntry(at.row - 1, at.column - 1);
  if (!entry || !("originalSource" in entry) || !entry.originalSource) return at;
  const { originalSource } = entry;
  const file = originalSource.startsWith("file://")
    ? fileURLToPath(originalSource)
    : resolve(dirname(at.file), originalSource);
  return { file, row: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

const maps = new Map<string, SourceMap | undefined>();

/** The source map that a file names, read once. Where there is none to be read, its own lines have to do. */
function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file));
  return maps.get(file);
}

function readMap(file: string): SourceMap | undefined {
  try {
    const named = [...readFileSync(file, "utf8").matchAll(/^\/\/# sourceMappingURL=(\S+)\s*$/gm)].at(-1)?.[1];
    if (!named) return undefined;
    const inline = /^data:[^,]*?(;base64)?,(.*)$/.exec(named);
    const text = inline
      ? Buffer.from(decodeURIComponent(inline[2] ?? ""), inline[1] ? "base64" : "utf8").toString()
      : readFileSync(new URL(named, pathToFileURL(file)), "utf8");
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
