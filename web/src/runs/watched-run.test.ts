import type { RunEvent } from "@sluice/orchestrator/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NOTHING_YET, withEvents } from "./watched-run.ts";

const run = (number: number) => ({ number }) as Extract<RunEvent, { type: "run" }>["run"];
const line = (number: number) =>
  ({ number, level: number % 3 === 2 ? "error" : "info", message: `${number}` }) as Extract<
    RunEvent,
    { type: "log" }
  >["line"];

const Event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.nat().map((number): RunEvent => ({ type: "log", line: line(number) })),
  fc.nat().map((number): RunEvent => ({ type: "run", run: run(number) })),
  fc.constantFrom<RunEvent>({ type: "connected" }, { type: "lost" }),
);

test("however events are gathered, what is known of a run is the same", () => {
  fc.assert(
    fc.property(fc.array(fc.array(Event, { maxLength: 8 }), { maxLength: 8 }), (batches) => {
      const apart = batches.reduce(withEvents, NOTHING_YET);
      expect(apart).toEqual(withEvents(NOTHING_YET, batches.flat()));
    }),
  );
});

test("what is known before stays as it is, and the newest 100,000 lines are kept", () => {
  const events = Array.from({ length: 60_000 }, (_, at): RunEvent => ({ type: "log", line: line(at + 1) }));
  const once = withEvents(NOTHING_YET, events);
  const twice = withEvents(once, events);
  expect(once.lines).toHaveLength(60_000);
  expect(twice.lines).toHaveLength(100_000);
  expect(twice.lines[0]?.number).toBe(20_001);
  expect(twice.firstError?.number).toBe(2);
});

test("a connection that is lost is told until there is one again", () => {
  const lost = withEvents(NOTHING_YET, [{ type: "run", run: run(1) }, { type: "lost" }]);
  expect(lost).toMatchObject({ isConnected: false, run: { number: 1 } });
  expect(withEvents(lost, [{ type: "connected" }]).isConnected).toBe(true);
});
