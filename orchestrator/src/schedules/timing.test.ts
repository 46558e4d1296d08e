import fc from "fast-check";
import { expect, test } from "vitest";
import { instantsAfter, lastInstant, type Timing } from "./timing.ts";

const at = (text: string) => new Date(text);
const texts = (timing: Timing, from: string, count: number) =>
  instantsAfter(timing, at(from), count).map((instant) => instant.toISOString().replace(":00.000Z", "Z"));

test("an hour that comes twice runs a fixed time once, and a part of each hour in both", () => {
  const cron = (text: string) => ({ cron: text, timeZone: "Europe/Berlin" });
  expect(texts(cron("30 2 * * *"), "2026-10-24T00:00Z", 3)).toEqual([
    "2026-10-24T00:30Z",
    "2026-10-25T00:30Z",
    "2026-10-26T01:30Z",
  ]);
  expect(texts(cron("0 * * * *"), "2026-10-24T23:30Z", 4)).toEqual([
    "2026-10-25T00:00Z",
    "2026-10-25T01:00Z",
    "2026-10-25T02:00Z",
    "2026-10-25T03:00Z",
  ]);
});

test("an hour that is left out moves its times to its end, and no day is left out", () => {
  expect(texts({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }, "2026-03-28T12:00Z", 2)).toEqual([
    "2026-03-29T01:00Z",
    "2026-03-30T00:30Z",
  ]);
  // midnight itself is left out
  expect(texts({ cron: "0 0 * * *", timeZone: "America/Sao_Paulo" }, "2018-11-03T12:00Z", 2)).toEqual([
    "2018-11-04T03:00Z",
    "2018-11-05T02:00Z",
  ]);
});

test("a clock that is set by half an hour stops no schedule", () => {
  const timing = { cron: "0 * * * *", timeZone: "Australia/Lord_Howe" };
  expect(instantsAfter(timing, at("2026-04-04T12:00Z"), 48)).toHaveLength(48);
});

test("what is no cron expression, no time zone or never comes is refused with what is wrong", () => {
  for (const [cron, timeZone, message] of [
    ["61 * * * *", "UTC", "cron: "],
    ["", "UTC", "cron: "],
    ["0 0 * * * * *", "UTC", "cron: "],
    ["0 0 30 2 *", "UTC", "names no instant that will come"],
    ["0 0 * * *", "Mars/North", 'time_zone: "Mars/North"'],
  ] as const)
    expect(() => instantsAfter({ cron, timeZone }, new Date(), 1)).toThrow(message);
});

const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu");
const crons = fc.constantFrom(
  "*/7 * * * *",
  "30 2 * * *",
  "0 0 * * 1-5",
  "15 3 1 * *",
  "0 */6 * * *",
  "*/20 * * * * *",
);
const timings: fc.Arbitrary<Timing> = fc.oneof(
  fc.record({ cron: crons, timeZone: zones }),
  fc.record({
    everyS: fc.integer({ min: 1, max: 1_000_000 }),
    from: fc.date({ min: at("2020-01-01"), max: at("2026-01-01"), noInvalidDate: true }),
  }),
);
const times = fc.date({ min: at("2018-01-01"), max: at("2030-01-01"), noInvalidDate: true });

test("instants only move forward, and each is found from every moment before it", () => {
  fc.assert(
    fc.property(timings, times, fc.nat(1_000_000), (timing, time, earlierMs) => {
      const [first, second, ...more] = instantsAfter(timing, time, 5) as [Date, Date, ...Date[]];
      const all = [time, first, second, ...more].map(Number);
      expect(all).toEqual([...new Set(all)].toSorted((one, other) => one - other));
      const before = new Date(Math.max(Number(second) - 1 - earlierMs, Number(first)));
      expect(instantsAfter(timing, before, 1)).toEqual([second]);
    }),
  );
});

test("however long nobody looked, the last instant that was missed is found", () => {
  fc.assert(
    fc.property(timings, times, fc.integer({ min: 1, max: 300 }), fc.nat(10_000), (timing, time, missed, moreMs) => {
      const instants = instantsAfter(timing, time, missed + 1) as [Date, ...Date[]];
      const last = instants[missed - 1] as Date;
      const now = new Date(Math.min(Number(last) + moreMs, Number(instants[missed]) - 1));
      expect(lastInstant(timing, { due: instants[0], now })).toEqual(last);
    }),
  );
});
