// A handler as its own process whose routes depend on its settings.

import { Handler, SettingProblem } from "../src/index.js";

const words = (value: unknown) => value as string[];

const handler = Handler.from("built", { words: { type: "json", parse: words } }, (now, h) => {
  now.words.forEach((word, i) => {
    if (word.includes(" ")) throw new SettingProblem(`words[${i}]`, "must be one word");
    h.command(word, "Answer.", ({ msg }) => void msg.reply(`${word}!`));
  });
});

await handler.run();
