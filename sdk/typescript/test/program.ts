// A handler as its own process, for the tests of the whole life of one.

import { Handler } from "../src/index.js";

const echo = new Handler("echo");

echo.command("echo {text...}", "Repeat some text.", ({ msg, args }) => {
  msg.reply(args.text);
});

echo.command("forget", "Wait for nothing.", () => {
  void Promise.reject(new Error("nobody waits for me"));
});

await echo.run();
