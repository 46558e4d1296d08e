import fc from "fast-check";
import { expect, test } from "vitest";
import { shownNumber } from "./number.ts";

test.each([
  ["0", 0],
  ["-1.10", -1.1],
  ["1e3", 1000],
  ["123456789012345", 123456789012345],
  ["0.000001", 0.000001],
  ["1.5E-7", 1.5e-7],
  ["1234567890123456", undefined],
  ["9007199254740993", undefined],
  ["0.1234567890123456", undefined],
  ["1e400", undefined],
  ["1e30", undefined],
  ["9007199254740992", undefined],
  ["1e-400", undefined],
])("%s is shown as %s", (token, number) => {
  expect(shownNumber(token)).toBe(number);
});

test("a number is kept as one exactly if it has at most fifteen digits that count, and is not beyond 2^53", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      fc.integer({ min: -30, max: 0 }),
      (digits, power) => {
        const number = shownNumber(`${digits}e${power}`);
        expect(number).toBe(Number(`${digits}e${power}`));
      },
    ),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 53n, max: 10n ** 30n }), (digits) => {
      expect(shownNumber(String(digits))).toBeUndefined();
    }),
  );
});
