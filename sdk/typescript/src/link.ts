// The connection to the bot, which outlives what carries it.

import { ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { Endpoint } from "./endpoint.js";
import { errorText, type GivenUpError } from "./errors.js";

const maxMessage = 4 << 20; // OCO-SIZ-1
const window = 1 << 20;
const never = 2 ** 31 - 1;

type Request = Parameters<Http2SessionManager["request"]>;
type Stream = Parameters<Http2SessionManager["notifyResponseByteRead"]>[0];

/** A connection to the bot. One over which nothing is heard any more is replaced. */
export class Link {
  /** Why what answers cannot be the bot, if that is so: only a person can help. */
  doubt: GivenUpError | undefined;
  private sessions: Http2SessionManager;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly doubted: (why: GivenUpError) => void = () => {},
  ) {
    this.sessions = this.connect();
  }

  /** What carries calls now; a token for {@link replace}. */
  get current(): object {
    return this.sessions;
  }

  /** Whether something answers at the other end. */
  get connected(): boolean {
    return ["open", "idle", "verifying"].includes(this.sessions.state());
  }

  // For the transports, which keep what they are given.
  get authority(): string {
    return this.sessions.authority;
  }
  request(...request: Request): ReturnType<Http2SessionManager["request"]> {
    return this.sessions.request(...request);
  }
  notifyResponseByteRead(stream: Stream): void {
    this.sessions.notifyResponseByteRead(stream);
  }

  /** A transport that carries this key on every call. */
  transport(key: string): Transport {
    const bearer: Interceptor = (next) => (request) => {
      request.header.set("authorization", `Bearer ${key}`);
      return next(request);
    };
    return createGrpcTransport({
      baseUrl: this.endpoint.url,
      sessionManager: this,
      interceptors: [bearer],
      readMaxBytes: maxMessage,
      writeMaxBytes: maxMessage,
    });
  }

  /** What an error says, and what to look at if nobody or somebody else answers. */
  why(error: unknown): string {
    if (!(error instanceof ConnectError)) return errorText(error);
    const { text } = this.endpoint;
    const { cause } = error;
    switch (cause instanceof Error && "code" in cause && cause.code) {
      case "ECONNREFUSED":
      case "ENOENT":
        return `nobody listens at ${text} (${error.rawMessage}): does the bot run, and is that where its configuration says listen.grpc?`;
      case "ENOTFOUND":
      case "EAI_AGAIN":
        return `the host in ${text} is not known (${error.rawMessage}): is it written right?`;
      case "ERR_HTTP2_ERROR":
        return `what answers at ${text} is no bot (${error.rawMessage}): is it the port of listen.grpc, and does the endpoint of \`oco key new\` begin with oco+tls?`;
    }
    return error.rawMessage;
  }

  /** Ends a connection, unless somebody did already; the next call makes another one. */
  replace(dead: object): void {
    const old = this.sessions;
    if (old !== dead) return;
    this.sessions = this.connect();
    old.abort();
  }

  close(): void {
    this.sessions.abort();
  }

  private connect(): Http2SessionManager {
    const createConnection = () =>
      this.endpoint.open((why) => {
        if (this.doubt) return;
        this.doubt = why;
        this.doubted(why);
      });
    return new Http2SessionManager(
      this.endpoint.url,
      { idleConnectionTimeoutMs: never },
      { createConnection, settings: { initialWindowSize: window } },
    );
  }
}
