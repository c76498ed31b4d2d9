// A handler with two commands. Both reply, work, and reply again.
import { setTimeout as work } from "node:timers/promises";
import { Handler, Tell } from "@openchatops/oco";

export const hello = new Handler("hello");

hello.command(
  "hello [{name}]",
  "Greet somebody.",
  async ({ msg, args, signal }) => {
    const { name = msg.user.name } = args;
    msg.reply(`Hello, ${name}. One moment.`); // on its way within 100 ms
    await work(300, undefined, { signal });
    msg.reply("Now I have time for you."); // commits together with the outcome
  },
  { repeatable: true },
);

hello.command("deploy {app} [to {env}]", "Pretend to deploy an app.", async ({ msg, args, signal }) => {
  if (args.env === "moon") throw new Tell("There is no rocket today.");
  msg.reply(`Deploying ${args.app}.`);
  try {
    await work(300, undefined, { signal });
  } catch (error) {
    throw new Tell("The deploy was interrupted.", error); // the text for the person, the cause for the log
  }
  msg.reply(`${args.app} is deployed.`);
});
