// The bare echo: what comes on a stream goes back, and nothing more. It ends with the
// stream.
//
//   node bare.js ADDRESS stream|call
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Bare, type Envelope, EnvelopeSchema } from "./yardstick_pb.js";

const [, , address, way] = process.argv;
const bot = createClient(Bare, createGrpcTransport({ baseUrl: `http://${address}` }));
const me = create(EnvelopeSchema, { route: "typescript" });

/** Answers on the same stream. */
async function stream() {
  const answers = [me];
  let wake = () => {};
  async function* out(): AsyncIterable<Envelope> {
    for (;;) {
      yield* answers.splice(0);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (answers.length > 0) resolve();
      });
    }
  }
  for await (const message of bot.echo(out())) {
    answers.push(message);
    wake();
  }
}

/** Answers each message by a call. */
async function call() {
  for await (const message of bot.subscribe(me)) void bot.answer(message);
}

await { stream, call }[way as "stream" | "call"]();
process.exit();
