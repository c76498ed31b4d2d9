// A handler as its own process in which promises fail that nobody awaits, begun by a callback
// or, at SIGUSR2, by the program. Its arguments say what the program listens to.

import { Handler } from "../src/index.js";

const says = (text: string) => void process.stdout.write(`${text}\n`);
const [, , listens] = process.argv;
if (listens === "unhandledRejection") process.on(listens, (error: Error) => says(`its own: ${error.message}`));
if (listens === "uncaughtException") process.on(listens, (error, origin) => says(`${origin}: ${error.message}`));
process.on("SIGUSR2", () => void Promise.reject(new Error("begun outside")));

const forgetful = new Handler("forgetful");
forgetful.command("forget", "Wait for nothing.", () => {
  void Promise.reject(new Error("begun inside"));
});

await forgetful.run();
