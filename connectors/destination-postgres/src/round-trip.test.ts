import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { testDatabase } from "./fixtures/database.ts";
import { roundTripProblem, writtenStream } from "./fixtures/round-trip.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const CASES = Number(process.env["SLUICE_CASES"] ?? 30);

test("records of any schema, names and values of any Unicode, come back from columns and whole objects as they were written", async () => {
  await fc.assert(
    fc.asyncProperty(writtenStream, async (written) => {
      expect(await roundTripProblem(database.url, written)).toBeUndefined();
    }),
    { numRuns: CASES },
  );
});
