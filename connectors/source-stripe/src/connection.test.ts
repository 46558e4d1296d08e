import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@sluice/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { clientOf } from "./fixtures/client.ts";
import { startProxy } from "./fixtures/proxy.ts";
import { selfSigned } from "./fixtures/self-signed.ts";

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
