import { createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { reservePort } from "./port.ts";

const LINUX_FIRST_OUTGOING = 32_768;

test("reserved ports differ, can be listened at, and are none that outgoing connections get", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => reservePort()));
  expect(new Set(ports).size).toBe(ports.length);
  expect(Math.max(...ports)).toBeLessThan(LINUX_FIRST_OUTGOING);
  const server = createServer().listen(ports[0], "127.0.0.1");
  await once(server, "listening");
  server.close();
});
