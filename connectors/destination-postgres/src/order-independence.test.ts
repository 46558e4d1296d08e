import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { changeCase, orderProblem } from "./fixtures/changes.ts";
import { query, testDatabase } from "./fixtures/database.ts";
import { recordLine } from "./fixtures/lines.ts";
import { configuredStream, openWriter } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

// what a role or a database prefers must change nothing
await query(
  database.url,
  `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', current_database(), 'repeatable read'); END $$`,
);

const CASES = Number(process.env["SLUICE_CASES"] ?? 30);

test.each(["soft", "hard"] as const)(
  "any permutation, duplication and batching of versioned changes gives the same table, with %s deletes",
  async (deletes) => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(changeCase, async (changes) => {
        const name = `${deletes} ${(number += 1)}`;
        expect(await orderProblem(changes, { url: database.url, deletes, name })).toBeUndefined();
      }),
      { numRuns: CASES },
    );
  },
);

test("two writers at the same time give the same table as one", async () => {
  const properties = { id: { type: "string" }, amount: { type: "integer" } };
  const line = (key: number, version: number) => recordLine("shared", { id: `k${key}`, amount: version }, { version });
  const keys = Array.from({ length: 50 }, (_, key) => key);
  const writers = [];
  for (const _ of [1, 2]) writers.push(await openWriter(database.url, [configuredStream("shared", properties)]));
  for (let round = 0; round < 20; round += 1) {
    // both hold the same keys, each with the newest version of every other one
    const batches = writers.map((_, index) => keys.map((key) => line(key, 2 * round + ((key + index) % 2))).join(""));
    await Promise.all(writers.map((writer, index) => writer.send(batches[index] ?? "")));
    await Promise.all(writers.map(({ receiver }) => receiver.schema([])));
  }
  await Promise.all(writers.map(({ receiver }) => receiver.end()));
  expect(
    await query(
      database.url,
      "SELECT _version::int % 2 AS odd, amount::int - _version::int AS off, count(*)::int AS n FROM shared GROUP BY 1, 2",
    ),
  ).toEqual([{ odd: 1, off: 0, n: 50 }]);
});
