import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { startEmulator } from "@sluice/stripe-emulator";
import { Pool } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { Config } from "./config.ts";
import { clientOf } from "./fixtures/client.ts";
import { startProxy } from "./fixtures/proxy.ts";
import { selfSigned } from "./fixtures/self-signed.ts";
import { offerOf } from "./streams.ts";
import { WholeAnswer } from "./whole-answer.ts";

/** An API that no request gets to. */
const nowhere = { url: "https://api.stripe.com", apiKey: "sk_test_1", apiVersion: "2026-10-28.endive" };

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("requests go through the proxy, with its user and password", async () => {
  await using emulator = await startEmulator({ objects: { customers: 3 } });
  const proxy = await startProxy();
  onTestFinished(() => proxy.close());
  const client = clientOf(emulator, { config: { proxy: `http://ada:love%20lace@${proxy.address}` } });
  expect(await client.connect()).toEqual({ mayReadEvents: true });
  expect(proxy.seen).toEqual([
    { target: new URL(emulator.url).host, authorization: `Basic ${Buffer.from("ada:love lace").toString("base64")}` },
  ]);
});

/** Resolves to the address of a server that takes connections and never says a word, and to how many of them are open. */
async function silent(): Promise<{ address: string; open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(
      socket
        .on("error", () => {})
        .on("close", () => open.delete(socket))
        .resume(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, open };
}

test("the document of another version comes through the proxy, too", async () => {
  const proxy = await startProxy();
  onTestFinished(() => proxy.close());
  const address = await listening(createServer((_, response) => void response.writeHead(404).end()));
  const config = {
    api_key: nowhere.apiKey,
    api_version: "2030-01-01",
    openapi: `http://${address}/{version}.json`,
    proxy: `http://${proxy.address}`,
  };
  await expect(offerOf(Config.parse(config))).rejects.toThrow(`http://${address}/2030-01-01.json answered 404`);
  expect(proxy.seen.map(({ target }) => target)).toEqual([address]);
});

test("a user or password of the proxy that cannot be decoded is a problem of the field, which does not show it", () => {
  for (const proxy of ["http://ada:50%@127.0.0.1:1", "http://%zz:lovelace@127.0.0.1:1", "no address"]) {
    const { error } = Config.safeParse({ api_key: nowhere.apiKey, api_version: nowhere.apiVersion, proxy });
    expect(error?.issues).toMatchObject([{ path: ["proxy"] }]);
    expect(error?.message).not.toContain(proxy);
  }
});

test("a proxy that opens no tunnel is given up after request_timeout_ms, and named without its password", async () => {
  const { address } = await silent();
  const client = clientOf(nowhere, { config: { proxy: `http://ada:lovelace@${address}`, request_timeout_ms: 100 } });
  await expect(client.connect()).rejects.toMatchObject({
    code: "transient",
    message: expect.stringMatching(`Headers Timeout Error; check base_url, the proxy ${address} and the network`),
  });
});

test.each(["the server", "the proxy"])("what waits for a connection ends at once with the read: to %s", async (to) => {
  const { address, open } = await silent();
  const silentServer = { ...nowhere, url: `https://${address}` };
  const client = clientOf(silentServer, { config: to === "the proxy" ? { proxy: `http://${address}` } : {} });
  const failure = client.connect().catch((error: unknown) => error);
  await expect.poll(() => open.size).toBe(1);
  await client.close();
  // and not that it waited for long enough
  expect(await failure).toMatchObject({ name: "AbortError" });
  // before the connection would be given up anyway, for it keeps the process until then
  await expect.poll(() => open.size, { timeout: 8000 }).toBe(0);
});

test("an answer without an end is given up, and takes no more memory than it may", async () => {
  const endless = createServer((_, response) => {
    const more = () => {
      while (response.write("[".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  const origin = `http://${await listening(endless)}`;
  const pool = new Pool(origin);
  onTestFinished(() => pool.destroy());
  const mostBytes = 1024 * 1024;
  const receiver = new WholeAnswer(Buffer.alloc(0), new AbortController().signal, mostBytes);
  pool.dispatch({ origin, path: "/", method: "GET" }, receiver);
  await expect(receiver.answer).rejects.toThrow(`The answer has more than ${mostBytes} bytes`);
  expect(receiver.memory).toHaveLength(mostBytes);
});

test("a certificate that is not trusted is named, and not asked for again", async () => {
  await using emulator = await startEmulator();
  const server = createTlsServer(selfSigned);
  let connections = 0;
  server.on("connection", () => (connections += 1));
  const address = await listening(server);
  const client = clientOf(emulator, { config: { base_url: `https://${address}` } });
  await expect(client.connect()).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(
      /^The certificate of https:\S+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); .*NODE_EXTRA_CA_CERTS/,
    ),
  });
  expect(connections).toBe(1);
});
