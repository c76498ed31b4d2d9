import { equal, ok, rejects, throws } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseEndpoint } from "../src/endpoint.js";
import { GivenUpError, Handler } from "../src/index.js";
import { holder, takeGiven } from "../src/keys.js";
import { silentLog } from "../src/log.js";

test("endpoints", () => {
  const pin = "a".repeat(64);
  const good = {
    "unix:///run/oco.sock": "http://localhost",
    "127.0.0.1:9000": "http://127.0.0.1:9000",
    "localhost:9000": "http://localhost:9000",
    "oco://[::1]:9000": "http://[::1]:9000",
    "oco+tls://bot.example.com:9000": "https://bot.example.com:9000",
    [`oco+tls://bot.example.com:9000#sha256=${pin}`]: "https://bot.example.com:9000",
    [`oco+tls://bot.example.com:9000#sha256=${"A".repeat(43)}`]: "https://bot.example.com:9000",
  };
  for (const [endpoint, url] of Object.entries(good)) equal(parseEndpoint(endpoint).url, url);
  equal(parseEndpoint("bot.example.com:9000", true).url, "http://bot.example.com:9000");
  const bad = {
    "unix://relative": /absolute/,
    "http://127.0.0.1:9000": /must be unix/,
    "127.0.0.1": /must be unix/,
    "bot.example.com:9000": /unencrypted/,
    "oco://127.0.0.1:9000#sha256=aa": /only oco\+tls/,
    "oco+tls://bot:9000#md5=aa": /only sha256=PIN/,
    "oco+tls://bot:9000#sha256=aa": /not a SHA-256/,
  };
  for (const [endpoint, why] of Object.entries(bad)) throws(() => parseEndpoint(endpoint), why);
});

test("the key is taken out of the environment", () => {
  const env = { OCO_ENDPOINT: "e", OCO_KEY: " k\n", OCO_INSECURE: "1" };
  const given = takeGiven("x", env);
  equal(JSON.stringify(given), JSON.stringify({ endpoint: "e", key: "k", insecure: true, inherited: false }));
  ok(!("OCO_KEY" in env));
  const file = join(mkdtempSync(join(tmpdir(), "oco-key-")), "keys");
  const inherited = (lines: string) => {
    writeFileSync(file, lines);
    return takeGiven("x", { OCO_KEY_FD: String(openSync(file, "r")) });
  };
  // The operator may call the one plugin of a process as they like.
  equal(inherited("other key\n").key, "key");
  equal(inherited("other key\n\nx mine\n").key, "mine");
  throws(() => inherited("one\n"), /not "PLUGIN KEY"/);
  equal(holder("oco_deploy_id_secret"), "deploy");
  equal(holder("something"), "");
});

test("a stranger that answers does not get the key", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "oco-tls-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=bot",
      "-keyout",
      key,
      "-out",
      cert,
    ],
    { stdio: "ignore" },
  );
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) });
  const seen: string[] = [];
  server.on("stream", (stream, headers) => {
    seen.push(String(headers.authorization));
    stream.respond({ ":status": 401 });
    stream.end();
  });
  server.on("sessionError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const connect = (fragment: string) =>
    new Handler("x").connect({ endpoint: `oco+tls://127.0.0.1:${port}${fragment}`, key: "k", log: silentLog });
  await rejects(connect(`#sha256=${"0".repeat(64)}`), (error) => {
    ok(error instanceof GivenUpError, String(error));
    ok(error.message.includes("not the one that the endpoint pins"), error.message);
    return true;
  });
  await rejects(connect(""), /certificate that this system trusts/);
  equal(seen.length, 0, "the key was sent to a stranger");
  // With the right pin it is: what answers is no bot, and refuses.
  const pin = createHash("sha256")
    .update(new X509Certificate(readFileSync(cert)).raw)
    .digest("hex");
  await rejects(connect(`#sha256=${pin}`), /does not accept the key/);
  equal(seen[0], "Bearer k");
});
