import { expect, test } from "vitest";
import { Feed } from "./feed.ts";

const MEBIBYTE = Buffer.alloc(1024 * 1024);
const event = {
  id: "evt_a",
  type: "customer.updated",
  created: 1,
  apiVersion: undefined,
  object: MEBIBYTE,
  previous: undefined,
};

test("what is pushed while nobody takes it is bounded, and a poll asks for the rest; what somebody waits for is kept", () => {
  const feed = new Feed();
  for (let time = 0; time < 100; time += 1) feed.add({ event, account: undefined, input: undefined });
  feed.add({ event, account: undefined, input: 7 });
  const { arrivals, isPollWanted } = feed.take();
  expect(isPollWanted).toBe(true);
  expect(arrivals.map(({ input }) => input)).toEqual([...Array.from({ length: 16 }, () => undefined), 7]);
  feed.add({ event, account: undefined, input: undefined });
  const later = feed.take();
  expect([later.arrivals.length, later.isPollWanted]).toEqual([1, false]);
});
