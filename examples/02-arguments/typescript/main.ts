import { ops } from "./arguments.js";

await ops.run();
