// The whole life of a program that is one handler.

import { toJson } from "@bufbuild/protobuf";
import { errorText, UsageError } from "./errors.js";
import { ManifestSchema } from "./gen/openchatops/v1/bot_pb.js";
import type { Handler } from "./handler.js";
import { takeGiven } from "./keys.js";
import { type Log, logWith, standardLog } from "./log.js";

/** Runs a handler until the process is told to stop, and ends the process. */
export async function runMain(handler: Handler): Promise<void> {
  process.exitCode = await runHandler(handler, standardLog());
  // Callbacks that do not end hold nothing up.
  process.exit();
}

async function runHandler(handler: Handler, log: Log): Promise<number> {
  if (process.argv.includes("--manifest")) {
    await written(`${JSON.stringify(toJson(ManifestSchema, handler.manifest()), null, 2)}\n`);
    return 0;
  }
  try {
    const given = takeGiven(handler.name);
    if (!given.endpoint || !given.key) {
      throw new UsageError(
        `this is the handler ${handler.name} for OpenChatOps, which a bot runs: try it with \`oco try -- COMMAND\`, where COMMAND is ` +
          "what you just ran, or set OCO_ENDPOINT and OCO_KEY (`oco key new NAME` prints both)",
      );
    }
    process.on("unhandledRejection", (error) => forgotten(handler, log, error));
    const stopping = new AbortController();
    const stop = () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    const connecting = handler.connect({
      endpoint: given.endpoint,
      key: given.key,
      insecure: given.insecure,
      inherited: given.inherited,
      log,
      signal: stopping.signal,
    });
    const connection = await connecting.catch((error: unknown) => {
      if (error === stopping.signal.reason) return undefined; // told to stop before it was there
      throw error;
    });
    await connection?.ended;
    return 0;
  } catch (error) {
    process.stderr.write(`oco: ${errorText(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** A promise that a callback did not wait for has failed: the handler goes on, and the author reads where. */
function forgotten(handler: Handler, log: Log, error: unknown): void {
  logWith(log, { plugin: handler.name }).error(
    "a promise failed that nobody waits for: await what a callback starts, or catch its errors; the delivery did not learn of it",
    { error: error instanceof Error ? error : String(error) },
  );
}

function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
