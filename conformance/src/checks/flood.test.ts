import { expect, test } from "vitest";
import { ConnectorProcess } from "../processes/connector-process.ts";
import { Flood } from "./flood.ts";

const BUSY_MS = 2500;
const ECHO = JSON.stringify({
  type: "state",
  state: { scope: "stream", stream: "flooded", data: 0, seq: 1, epoch: 1, committed: {} },
});

test("a destination that takes nothing because it is at work is not one that waits", async () => {
  const program = `
    process.stdin.once("data", () => {
      console.log(${JSON.stringify(ECHO)});
      for (const end = performance.now() + ${BUSY_MS}; performance.now() < end;);
      process.stdin.resume();
    });`;
  await using writer = await ConnectorProcess.start([process.execPath, "-e", program], {
    env: process.env,
    purpose: "write",
    deadlineMs: 60_000,
  });
  const { isStuck } = await new Flood("flooded", "append").pourInto(writer, { mostBytes: 2 * 1024 * 1024 });
  expect(isStuck).toBe(false);
});
