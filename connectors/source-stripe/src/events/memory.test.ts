import { configureLog } from "@sluice/protocol/stdio";
import { expect, onTestFinished, test } from "vitest";
import { Config } from "../config.ts";
import { emptyState } from "../global-state.ts";
import { EventPlaces } from "./event-places.ts";
import { isRemembered, ShortLookback } from "./memory.ts";

const CURSOR = 1_790_000_000;
const LOOKBACK = 300;
const config = Config.parse({ api_key: "sk_test_1", api_version: "2026-10-28.endive" });
const owner = { account: "acct_1", mode: "test" } as const;

/** Yields so many events for each of the seconds up to the cursor. */
function eventsOf(seconds: number, each: number) {
  return Array.from({ length: seconds * each }, (_, at) => ({
    id: `evt_1QxWzB2eZvKYlo2C${at.toString(36).padStart(8, "0")}`,
    created: CURSOR - 1 - Math.floor(at / each),
    type: "customer.updated",
    apiVersion: undefined,
    object: Buffer.alloc(0),
    previous: undefined,
  }));
}

/** Yields the state behind events, and what was warned of when several reads came to it. */
function remembering(events: ReturnType<typeof eventsOf>, globalState = emptyState(owner, CURSOR - 2 * LOOKBACK)) {
  const warnings: string[] = [];
  configureLog({ sink: (_, message) => warnings.push(message) });
  onTestFinished(() => configureLog({ sink: undefined }));
  const known = { config, owner, globalState, targets: [], until: CURSOR, shortLookback: new ShortLookback() };
  new EventPlaces(known).stateAt(CURSOR, events);
  const state = new EventPlaces(known).stateAt(CURSOR, events);
  return { state, warnings };
}

test("fifty events a second are all remembered for five minutes, in less room than five thousand ids took", () => {
  const events = eventsOf(LOOKBACK, 50);
  const { state, warnings } = remembering(events);
  expect(events.every((event) => isRemembered(event, state))).toBe(true);
  expect(isRemembered({ id: "evt_late", created: CURSOR - 7 }, state)).toBe(false);
  expect(state.seen_since).toBe(CURSOR - LOOKBACK);
  expect(JSON.stringify(state).length).toBeLessThan(180_000);
  expect(warnings).toEqual([]);
});

test("of more events the newest are remembered, and the time that they span is told once", () => {
  const events = eventsOf(LOOKBACK, 100);
  const { state, warnings } = remembering(events);
  expect(state.seen_since).toBe(CURSOR - LOOKBACK / 2);
  expect(events.filter((event) => isRemembered(event, state))).toHaveLength(15_000);
  expect(warnings).toEqual([expect.stringContaining("acct_1 has so many events that those of the last 150 seconds")]);
});

test("a state with whole ids is understood, and written with marks", () => {
  const [event] = eventsOf(1, 1);
  const id = event?.id ?? "";
  const { state } = remembering([]);
  const old = { ...state, seen: { [CURSOR - 1]: [id] }, seen_since: CURSOR - LOOKBACK };
  expect(isRemembered({ id, created: CURSOR - 1 }, old)).toBe(true);
  const { state: next } = remembering([], old);
  expect(isRemembered({ id, created: CURSOR - 1 }, next)).toBe(true);
  expect(JSON.stringify(next)).not.toContain(id);
});
