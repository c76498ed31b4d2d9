// The connection to the bot, which outlives what carries it.

import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { Endpoint } from "./endpoint.js";
import { errorText, type GivenUpError, reasonOf } from "./errors.js";

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
  /** Errors that say what to look at already. */
  private readonly says = new WeakSet<Error>();

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
    const bearer: Interceptor = (next) => async (request) => {
      request.header.set("authorization", `Bearer ${key}`);
      try {
        return await next(request);
      } catch (error) {
        throw this.explained(error);
      }
    };
    return createGrpcTransport({
      baseUrl: this.endpoint.url,
      sessionManager: this,
      interceptors: [bearer],
      readMaxBytes: maxMessage,
      writeMaxBytes: maxMessage,
    });
  }

  /** An error that says what to look at. */
  private explained(error: unknown): unknown {
    if (!(error instanceof ConnectError) || reasonOf(error) !== "") return error;
    const explained = new ConnectError(this.why(error), error.code, error.metadata, undefined, error.cause);
    this.says.add(explained);
    return explained;
  }

  /** What an error says, and what to look at if nobody or somebody else answers. */
  why(error: unknown): string {
    if (!(error instanceof ConnectError)) return errorText(error);
    if (this.says.has(error)) return error.rawMessage;
    const [text = ""] = this.endpoint.text.split("#");
    const { cause, rawMessage } = error;
    switch (cause instanceof Error && "code" in cause && cause.code) {
      case "ECONNREFUSED":
      case "ENOENT":
        return `nobody listens at ${text} (${rawMessage}): does the bot run, and is that where its configuration says listen.grpc?`;
      case "ENOTFOUND":
      case "EAI_AGAIN":
        return `the host in ${text} is not known (${rawMessage}): is it written right?`;
      case "ERR_HTTP2_ERROR":
        return `what answers at ${text} is no bot (${rawMessage}): is it the port of listen.grpc, and does the endpoint of \`oco key new\` begin with oco+tls?`;
    }
    if (reasonOf(error) !== "") return rawMessage;
    // Without a reason, it is none of the bot's.
    if (/^HTTP \d+$/.test(rawMessage)) {
      return `what answers at ${text} is no bot (${rawMessage}): is it the port of listen.grpc, and is there a proxy in between?`;
    }
    if (error.code === Code.DeadlineExceeded) {
      return `nothing answers at ${text} in time: is that the bot, and is there a firewall in between?`;
    }
    if (/^http\/2 stream closed/.test(rawMessage)) {
      const tls = text.startsWith("oco+tls:") ? "" : ", and does the endpoint of `oco key new` begin with oco+tls";
      return `the connection to ${text} was closed: does the bot still run${tls}?`;
    }
    return rawMessage;
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
