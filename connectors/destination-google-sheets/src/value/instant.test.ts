import fc from "fast-check";
import { expect, test } from "vitest";
import { serialOfMs, serialOfText } from "./instant.ts";

test.each([
  ["1899-12-30", 0],
  ["1970-01-01T00:00:00Z", 25_569],
  ["2026-11-22T12:00:00", 46_348.5],
  ["2026-11-22T14:00:00+02:00", 46_348.5],
  ["2026-11-22 12:00:00.000001Z", 46_348.5],
  ["2026-02-30", undefined],
  ["2026-13-01T00:00:00Z", undefined],
  ["2026-11-22T25:00:00Z", undefined],
  ["1812-01-01", undefined],
  ["today", undefined],
])("%s is the serial number %s", (text, serial) => {
  expect(serialOfText(text)).toBe(serial);
});

test("a serial number leads back to the millisecond", () => {
  const [first, last] = [Date.UTC(1900, 0, 1), Date.UTC(9999, 11, 31)];
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (ms) => {
      const serial = serialOfMs(ms) ?? Number.NaN;
      expect(Math.round((serial - 25_569) * 86_400_000)).toBe(ms);
      expect(serialOfText(new Date(ms).toISOString())).toBe(serial);
    }),
  );
});
