// Values as the JSON that the bot keeps.

import { errorText } from "./errors.js";

/** The JSON of a value; what has none is thrown as wrong makes it of the reason. */
export function jsonOf(value: unknown, wrong: (why: string) => Error): string {
  let why = "it is nothing that JSON has";
  try {
    const json = JSON.stringify(value);
    if (json !== undefined) return json;
  } catch (error) {
    why = errorText(error);
  }
  throw wrong(why);
}
