import * as fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { quoteIdentifier, truncateIdentifier } from "./identifiers.ts";

const client = new pg.Client({ connectionString: process.env["DATABASE_URL"] });
beforeAll(() => client.connect());
afterAll(() => client.end());

const anyName = fc.string({ unit: "binary", minLength: 1, maxLength: 80 }).filter((name) => !name.includes("\0"));
const longName = fc.string({ unit: "binary", minLength: 64, maxLength: 200 }).filter((name) => !name.includes("\0"));

test("any Unicode name without NUL comes back from the server as it was", async () => {
  await fc.assert(
    fc.asyncProperty(anyName.map(truncateIdentifier), async (name) => {
      const { fields } = await client.query(`SELECT 1 AS ${quoteIdentifier(name)}`);
      expect(fields[0]?.name).toBe(name);
    }),
  );
});

test.each(['"', '"; DROP TABLE x; --', "a\nb", "\\", "é".repeat(31), "😀".repeat(15), "select", " "])(
  "the name %j comes back from the server as it was",
  async (name) => {
    const { fields } = await client.query(`SELECT 1 AS ${quoteIdentifier(name)}`);
    expect(fields[0]?.name).toBe(name);
  },
);

test("a name that fits is not changed", () => {
  fc.assert(
    fc.property(anyName, (name) => {
      if (Buffer.byteLength(name) <= 63) expect(truncateIdentifier(name)).toBe(name);
    }),
  );
});

test("a name that does not fit is cut to at most 63 bytes of whole characters", () => {
  fc.assert(
    fc.property(longName, (name) => {
      const cut = truncateIdentifier(name);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(63);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut).not.toContain("\uFFFD");
      expect(name.startsWith(cut.slice(0, -9))).toBe(true);
    }),
  );
});

test("two long names that differ only at their end stay different", () => {
  fc.assert(
    fc.property(longName, anyName, anyName, (start, a, b) => {
      fc.pre(a !== b);
      expect(truncateIdentifier(start + a)).not.toBe(truncateIdentifier(start + b));
    }),
  );
});

test.each([
  ["", "is empty"],
  ["a\0b", "NUL"],
  ["\uD800", "surrogate"],
  ["x".repeat(64), "truncateIdentifier"],
])("the name %j is refused with the reason", (name, reason) => {
  expect(() => quoteIdentifier(name)).toThrow(
    expect.objectContaining({ reason: "identifier_invalid", message: expect.stringContaining(reason) }),
  );
});
