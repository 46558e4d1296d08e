import fc from "fast-check";
import { expect, test } from "vitest";
import {
  choiceOf,
  nextInstants,
  scheduleBody,
  scheduleWords,
  timeZones,
  type ScheduleChoice,
} from "./schedule-choice.ts";

const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York");
const choices: fc.Arbitrary<Exclude<ScheduleChoice, { type: "none" }>> = fc.oneof(
  fc.record({ type: fc.constant("every" as const), everyS: fc.integer({ min: 1, max: 1_000_000 }) }),
  fc.record({
    type: fc.constant("daily" as const),
    time: fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":")),
    days: fc.constantFrom("all" as const, "workdays" as const),
    timeZone: zone,
  }),
  fc.record({ type: fc.constant("cron" as const), cron: fc.constantFrom("*/7 * * * *", "0 6 1 * *"), timeZone: zone }),
);

test("a schedule that was stored is shown as it was chosen, and runs five times in order", () => {
  fc.assert(
    fc.property(choices, (choice) => {
      const body = scheduleBody(choice);
      const stored = { cron: body?.cron ?? null, time_zone: body?.time_zone ?? null, every_s: body?.every_s ?? null };
      expect(choiceOf(stored)).toEqual(choice);
      const instants = nextInstants(choice, new Date("2026-11-26T02:00:00Z")).map(Number);
      expect(instants).toEqual(instants.toSorted((one, other) => one - other));
      expect(new Set(instants).size).toBe(5);
    }),
  );
});

test("a schedule is told in words", () => {
  expect(scheduleWords({ type: "none" })).toBe("Only when somebody starts it");
  expect(scheduleWords({ type: "every", everyS: 3600 })).toBe("Every hour");
  expect(scheduleWords({ type: "every", everyS: 5400 })).toBe("Every 90 minutes");
  const daily = { type: "daily", time: "06:00", days: "workdays", timeZone: "Europe/Berlin" } as const;
  expect(scheduleWords(daily)).toBe("Every workday at 06:00, Europe/Berlin");
  expect(scheduleWords({ type: "cron", cron: "0 6 1 * *", timeZone: "UTC" })).toBe(
    "At 06:00, on day 1 of the month, UTC",
  );
});

test("a stored zone is offered by the name it was stored with", () => {
  expect(timeZones("Asia/Calcutta")).toContain("Asia/Calcutta");
  expect(timeZones("US/Pacific")).toContain("US/Pacific");
});

test("what is no cron expression is told with what one looks like", () => {
  const wrong = { type: "cron", cron: "every day", timeZone: "UTC" } as const;
  expect(() => nextInstants(wrong, new Date())).toThrow(/give five fields, such as/);
});
