// What an endpoint means, and how a connection to it is opened.

import { createHash } from "node:crypto";
import * as net from "node:net";
import * as tls from "node:tls";
import { GivenUpError, UsageError } from "./errors.js";

/** Where a bot listens. */
export interface Endpoint {
  /** As it was given. */
  readonly text: string;
  readonly url: string;
  /** Opens a connection; what is wrong with its certificate for good is told to doubt. */
  open(doubt: (why: GivenUpError) => void): net.Socket;
}

/**
 * Reads an endpoint: unix:///absolute/path, host:port, oco://host:port or
 * oco+tls://host:port#sha256=PIN. A bare key goes over a unix socket, loopback or TLS
 * only, unless insecure says otherwise.
 */
export function parseEndpoint(endpoint: string, insecure = false): Endpoint {
  if (typeof endpoint !== "string") throw new UsageError("no endpoint is given: where the bot listens, as a text");
  const wrong = (why: string) => new UsageError(`endpoint "${endpoint}": ${why}`);
  if (endpoint.startsWith("unix://")) {
    const path = endpoint.slice("unix://".length);
    if (!path.startsWith("/")) throw wrong("a unix socket is unix:///absolute/path");
    return { text: endpoint, url: "http://localhost", open: () => net.connect(path) };
  }
  const match = /^(?:(oco|oco\+tls):\/\/)?(\[[^\]]+\]|[^:/?#]+):(\d+)\/?(?:#(.*))?$/.exec(endpoint);
  if (!match) throw wrong("must be unix:///path, host:port, oco://host:port or oco+tls://host:port#sha256=PIN");
  const host = (match[2] ?? "").replace(/^\[|\]$/g, "");
  const port = Number(match[3]);
  const authority = `${match[2]}:${port}`;
  if (match[1] === "oco+tls") {
    const pin = match[4] === undefined ? undefined : decodePin(match[4], wrong);
    return { text: endpoint, url: `https://${authority}`, open: (doubt) => openTLS(endpoint, host, port, pin, doubt) };
  }
  if (match[4] !== undefined) throw wrong("only oco+tls:// has a pin");
  if (!insecure && host !== "localhost" && !isLoopback(host)) {
    throw wrong(
      "the key would travel unencrypted to another machine; use oco+tls://, or set OCO_INSECURE=1 if the way is safe",
    );
  }
  return { text: endpoint, url: `http://${authority}`, open: () => net.connect({ host, port }) };
}

function isLoopback(host: string): boolean {
  return (net.isIPv4(host) && host.startsWith("127.")) || host === "::1";
}

/** Takes the hash in hex or in base64url. */
function decodePin(fragment: string, wrong: (why: string) => UsageError): Buffer {
  if (!fragment.startsWith("sha256=")) throw wrong("after # only sha256=PIN is understood");
  const text = fragment.slice("sha256=".length);
  const hex = text.replaceAll(":", "");
  if (/^[0-9a-fA-F]{64}$/.test(hex)) return Buffer.from(hex, "hex");
  if (/^[A-Za-z0-9_-]{43}=?$/.test(text)) return Buffer.from(text, "base64url");
  throw wrong(`the pin "${text}" is not a SHA-256 in hex or base64url`);
}

/** Trusts the certificate with that pin and no other, or without a pin those that the system trusts. */
function openTLS(
  endpoint: string,
  host: string,
  port: number,
  pin: Buffer | undefined,
  doubt: (why: GivenUpError) => void,
): net.Socket {
  const socket = tls.connect({
    host,
    port,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.3",
    rejectUnauthorized: pin === undefined,
    ...(net.isIP(host) ? {} : { servername: host }),
  });
  const distrust = (why: string) =>
    doubt(new GivenUpError(`this is not the bot that the endpoint names, ${endpoint.split("#")[0]}: ${why}`));
  // This listener is the first, and what it does at the next tick comes before the session
  // is said to be there: no request, and so no key, goes to a stranger. To end the socket
  // at once would take it from under the session that is being made.
  socket.prependOnceListener("secureConnect", () => {
    if (pin === undefined) return;
    const raw = socket.getPeerX509Certificate()?.raw;
    const shown = createHash("sha256")
      .update(raw ?? "")
      .digest();
    if (!raw || !shown.equals(pin)) {
      distrust(
        `the bot's certificate is not the one that the endpoint pins: its pin is sha256=${shown.toString("hex")}, and the ` +
          `endpoint says sha256=${pin.toString("hex")}; if the bot has a new certificate, take the endpoint from ` +
          "`oco key new`, and if it has not, somebody stands in between",
      );
      process.nextTick(() => socket.destroy());
    }
  });
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (/CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|ALTNAME/.test(error.code ?? "")) {
      distrust(
        `${error.message}; an endpoint without a pin needs a certificate that this system trusts: \`oco key new\` prints the pin`,
      );
    } else if (/ERR_SSL_(WRONG_VERSION|PACKET)/.test(error.code ?? "")) {
      distrust(`what answers there does not speak TLS: is it the port of listen.grpc, and is listen.tls not off?`);
    }
  });
  return socket;
}
