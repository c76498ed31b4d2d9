// A bot of which a test decides every answer.

import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { type Code, ConnectError, type ConnectRouter, type ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { BotService } from "../src/gen/openchatops/v1/bot_pb.js";
import { ChatService } from "../src/gen/openchatops/v1/chat_pb.js";
import { DeliveryService } from "../src/gen/openchatops/v1/delivery_pb.js";
import type { Cleanup } from "../src/testing/index.js";

export interface Answers {
  readonly bot?: Partial<ServiceImpl<typeof BotService>>;
  readonly delivery?: Partial<ServiceImpl<typeof DeliveryService>>;
  readonly chat?: Partial<ServiceImpl<typeof ChatService>>;
}

/** Listens until the test ends, and returns the endpoint. */
export async function startFakeBot(t: Cleanup, answers: Answers): Promise<string> {
  const routes = (router: ConnectRouter) => {
    router.service(BotService, answers.bot ?? {});
    router.service(DeliveryService, answers.delivery ?? {});
    router.service(ChatService, answers.chat ?? {});
  };
  const server = createServer(connectNodeAdapter({ routes }));
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A refusal with a reason of the closed list. */
export function refusal(code: Code, reason: string): ConnectError {
  return new ConnectError(`refused: ${reason}`, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "openchatops.org" } },
  ]);
}

/** What a delivery of a command is, as a frame. */
export function frameOf(deliveryId: string, route: string, definitionId = "") {
  const message = { messageId: "m", content: { text: route } };
  const kind = { case: "message" as const, value: { message } };
  const payload = { case: "event" as const, value: { eventId: deliveryId, kind } };
  return {
    kind: {
      case: "delivery" as const,
      value: { deliveryId, leaseId: `lease-${deliveryId}`, route, definitionId, attempt: 1, payload },
    },
  };
}

export const ready = { kind: { case: "ready" as const, value: { maxInFlight: 16 } } };
