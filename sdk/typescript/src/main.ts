// The whole life of a program that is one handler.

import { toJson } from "@bufbuild/protobuf";
import { connect } from "./connection.js";
import { errorText, UsageError, wholeText } from "./errors.js";
import { placeOf, stackOf } from "./failure.js";
import { ManifestSchema } from "./gen/openchatops/v1/bot_pb.js";
import { assumedSettings, takeGiven } from "./keys.js";
import { type Log, logWith, standardLog } from "./log.js";
import type { Offering } from "./offering.js";
import { callbackHere } from "./watch.js";

/** Runs a handler until the process is told to stop, and ends the process. */
export async function runMain(offering: Offering): Promise<void> {
  process.exitCode = await runHandler(offering, standardLog());
  // Callbacks that do not end hold nothing up.
  process.exit();
}

async function runHandler(offering: Offering, log: Log): Promise<number> {
  const { name } = offering;
  try {
    if (process.argv.includes("--manifest")) return await printManifest(offering, log);
    const given = takeGiven(name);
    if (!given.endpoint || !given.key) {
      throw new UsageError(
        `this is the handler ${name} for OpenChatOps, which a bot runs: try it with \`oco try -- COMMAND\`, where COMMAND is ` +
          "what you just ran, or set OCO_ENDPOINT and OCO_KEY (`oco key new NAME` prints both)",
      );
    }
    const own = logWith(log, { plugin: name });
    const forgetting = (error: unknown) => forgotten(own, error, forgetting);
    process.on("unhandledRejection", forgetting);
    process.on("uncaughtExceptionMonitor", (error, origin) => fatal(own, error, origin));
    const stopping = new AbortController();
    const stop = () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    const connecting = connect(offering, {
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

/** Prints the manifest, of the settings behind OCO_SETTINGS_FD if there are some; 2 if those are refused. */
async function printManifest(offering: Offering, log: Log): Promise<number> {
  const settings = assumedSettings();
  if (settings) {
    const { problems } = offering.settle(settings, log);
    for (const { path, text } of problems) {
      process.stderr.write(`${path === "" ? "" : `${path}: `}${text.replaceAll("\n", "\n  ")}\n`);
    }
    if (problems.length > 0) return 2;
  }
  await written(`${JSON.stringify(toJson(ManifestSchema, offering.manifest()), null, 2)}\n`);
  return 0;
}

/**
 * A promise that nobody waits for has failed. If a callback began it the handler goes on, and
 * the author reads where. Any other is for the program's own listener, or for node.
 */
function forgotten(log: Log, error: unknown, listener: (error: unknown) => void): void {
  if (process.listenerCount("unhandledRejection") > 1) return;
  const callback = callbackHere();
  if (callback === undefined) {
    // Without a listener node does with it what it does by default, or was started to do.
    process.off("unhandledRejection", listener);
    void Promise.reject(error);
    setImmediate(() => process.on("unhandledRejection", listener));
    return;
  }
  log.error(
    `${callback} began a promise that failed${at(error)}, and nobody awaited it, so the delivery did not learn of it: ` +
      `${wholeText(error)}; await what a callback starts, or catch its errors`,
    stackOf(error),
  );
}

/** Something failed where nobody can catch it, such as in a timer: node ends the process behind this, unless the program listens. */
function fatal(log: Log, error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) return;
  const began = `${callbackHere() ?? "the program"} began`;
  const [what, advice] =
    origin === "unhandledRejection"
      ? [`a promise that failed${at(error)}, and nobody awaited it`, "await it, or catch its errors"]
      : [`something that threw${at(error)} outside of any callback`, "catch errors in timers and listeners"];
  log.error(`${began} ${what}, which ends this process: ${wholeText(error)}; ${advice}`, stackOf(error));
}

function at(error: unknown): string {
  const place = placeOf(error);
  return place ? ` at ${place}` : "";
}

function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
