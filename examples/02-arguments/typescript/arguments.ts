// A handler whose commands take what people type: names, numbers, times, people, rooms,
// flags and secrets. The bot reads and checks them; a callback runs only if all of them fit.
import { Handler } from "@openchatops/oco";

export const ops = new Handler("ops");

ops.command(
  "deploy {app} [to {env:staging|prod=staging}] [--count={n:integer=1}] [--force|-f] [because {why...}]",
  "Pretend to deploy an app.",
  async ({ msg, args }) => {
    let text = `Deploying ${args.app} to ${args.env}, ${args.n} times`;
    if (args.force) text += ", whatever it takes";
    if (args.why !== undefined) text += `, because ${args.why}`;
    msg.reply(`${text}.`);
  },
  {
    arguments: { app: { help: "Which app." }, n: { help: "How many of it run." } },
    examples: ["deploy web to prod", "deploy “web shop” --count=3 because it is friday"],
  },
);

ops.command(
  "remind {who:user} {when:time} {what...}",
  "Pretend to remind somebody.",
  async ({ msg, args }) => {
    msg.reply(`I will remind ${args.who.name} at ${args.when.toISOString()}: ${args.what}`);
  },
  {
    repeatable: true,
    deprecated: ["alarm {who:user} {when:time} {what...}"],
    examples: ["remind me tomorrow 9am to water the plants", "remind @bob in 2h stand up"],
  },
);

ops.command(
  "invite {people*:user} to {room:room}",
  "Pretend to invite people to a room.",
  async ({ msg, args }) => {
    const names = args.people.map((user) => user.name);
    msg.reply(`I will invite ${names.join(" and ")} to ${args.room.name}.`);
  },
  {
    repeatable: true,
    aliases: ["ask {people*:user} into {room:room}"],
    examples: ["invite @alice @bob to #ops"],
  },
);

ops.command(
  "watch {page:url} [every {pause:duration=5m}] [--token={token:secret}]",
  "Pretend to look after a web page.",
  async ({ msg, args }) => {
    let text = `I will look at ${args.page} every ${args.pause / 1000} s`;
    if (args.token !== undefined) text += ", with the token that I will not repeat";
    msg.reply(`${text}.`);
  },
  {
    repeatable: true,
    arguments: { token: { help: "What the page wants to know of who looks at it." } },
    examples: ["watch https://example.com every 1h30m"],
  },
);
