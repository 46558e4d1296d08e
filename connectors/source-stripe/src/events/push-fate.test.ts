import { expect, test } from "vitest";
import type { GlobalState } from "../global-state.ts";
import { fateOf, standingOf } from "./push-fate.ts";

const state: GlobalState = {
  format: 2,
  account: "acct_1",
  mode: "test",
  cursor: 100,
  seen: { 99: ["evt_a"] },
  seen_since: 90,
  at_cursor: ["customers"],
  behind: {},
};

test.each([
  [{ id: "evt_a", created: 99 }, state, "shown"],
  [{ id: "evt_b", created: 99 }, state, "missed"],
  [{ id: "evt_b", created: 10 }, state, "missed"],
  [{ id: "evt_b", created: 100 }, state, "ahead"],
  [{ id: "evt_b", created: 10 }, undefined, "ahead"],
] as const)("%o is where the events were read to: %#", (known, read, standing) => {
  const event = { ...known, type: "customer.updated", apiVersion: undefined, object: Buffer.from("{}") };
  expect(standingOf({ ...event, previous: undefined }, read)).toBe(standing);
});

test.each([
  ["shown", false, [], "done"],
  ["missed", true, [], "done"],
  ["missed", false, [], "wait"],
  ["ahead", false, [], "wait"],
  ["shown", false, [1], "wait"],
  ["missed", true, [4, 9], "wait"],
  ["shown", false, [5], "done"],
  ["ahead", false, [5], "done"],
  ["missed", true, [5], "relist"],
] as const)("what is %s, fetched: %s, of streams that failed %j times: %s", (standing, wasFetched, failures, fate) => {
  expect(fateOf({ standing, wasFetched, failures })).toBe(fate);
});
