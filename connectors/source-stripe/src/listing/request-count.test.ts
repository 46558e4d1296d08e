import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { configOf, recordsIn, Sync } from "../fixtures/sync.ts";

const NOW = 1_790_000_000;

/** Resolves to how many requests a first read of all charges takes; throws when one is missing or comes twice. */
async function requestsFor(emulator: Emulator, objects: number): Promise<number> {
  const outputs = await new Sync(configOf(emulator)).run({ streams: ["charges"], sync_mode: "full_refresh" });
  const ids = recordsIn(outputs, "charges").map(({ id }) => id);
  expect(ids).toHaveLength(objects);
  expect(new Set(ids).size).toBe(objects);
  return emulator.requests().paths["/v1/charges"] ?? 0;
}

test.each([
  ["uniform", 10_000, 1.1],
  ["uniform", 101, 1.5],
  ["bursty", 10_000, 1.1],
  ["bursty", 1000, 1.5],
  ["one_second", 3000, 1.1],
  ["long_tail", 10_000, 1.1],
  ["long_tail", 1000, 1.5],
] as const)(
  "a list that is %s with %i objects takes at most %f of the fewest requests",
  async (created, objects, most) => {
    const emulator = await startEmulator({ now: NOW, objects: { charges: objects }, created: { charges: created } });
    onTestFinished(() => emulator.close());
    expect(await requestsFor(emulator, objects)).toBeLessThanOrEqual(Math.ceil(objects / 100) * most);
  },
);
