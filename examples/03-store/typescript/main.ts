import { counter } from "./counter.js";

await counter.run();
