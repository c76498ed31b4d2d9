import { hello } from "./hello.js";

await hello.run();
