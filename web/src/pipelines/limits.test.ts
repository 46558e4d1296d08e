import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS, limitValue, withLimit } from "./limits.ts";

test("a limit that is set is read in the same unit, and the usual one leaves nothing behind", () => {
  fc.assert(
    fc.property(fc.constantFrom(...LIMITS), fc.integer({ min: 1, max: 10_000 }), (limit, value) => {
      const settings = { strict: true };
      expect(limitValue(withLimit(settings, limit, value), limit)).toBe(value);
      expect(withLimit(withLimit(settings, limit, value), limit, undefined)).toEqual(settings);
    }),
  );
});
