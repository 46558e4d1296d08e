import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { recordLine } from "./fixtures/lines.ts";
import { configuredStream, openWriter } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const CASES = Number(process.env["SLUICE_CASES"] ?? 60);

type Change = { id: string; version: number; op: "upsert" | "delete"; amount: number };

const change: fc.Arbitrary<Change> = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  version: fc.integer({ min: 0, max: 5 }),
  op: fc.constantFrom("upsert", "upsert", "delete"),
  amount: fc.integer({ min: 0, max: 3 }),
});

/** What the rule says: the greatest version stands, the upsert on a tie with a delete, one content on a tie of upserts. */
function isAlive(changes: readonly Change[], id: string): boolean {
  const top = (op: Change["op"]) =>
    Math.max(-1, ...changes.filter((one) => one.id === id && one.op === op).map(({ version }) => version));
  return top("upsert") >= 0 && top("upsert") >= top("delete");
}

/** A version that came with the content of its row is remembered beside the table: what counts is the greater one. */
function effectiveRows(name: string): string {
  return `SELECT id, amount, _raw, _content_hash, _deleted_version, _deleted_at IS NULL AS alive,
      greatest(_version, (SELECT max(e.version) FROM _sluice.seen s, unnest(s.keys, s.versions) AS e(key, version)
                           WHERE s.relation = '"public"."${name}"' AND e.key = t.id)) AS version
    FROM ${name} t ORDER BY id`;
}

test("any permutation, duplication and batching of versioned changes gives the same table", async () => {
  let number = 0;
  const load = async (changes: readonly Change[], maxRows: number): Promise<unknown[]> => {
    const name = `changes_${(number += 1)}`;
    const writer = await openWriter(
      database.url,
      [configuredStream(name, { id: { type: "string" }, amount: { type: "integer" } })],
      {
        max_batch_rows: maxRows,
        parallel: 1,
      },
    );
    await writer.send(
      changes.map(({ id, version, op, amount }) => recordLine(name, { id, amount }, { version, op })).join(""),
    );
    await writer.receiver.end();
    const rows = await query(database.url, effectiveRows(name));
    await query(database.url, `DROP TABLE ${name}`);
    return rows;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 25 }).chain((changes) =>
        fc.record({
          changes: fc.constant(changes),
          again: fc.shuffledSubarray(changes),
          order: fc.shuffledSubarray(changes, { minLength: changes.length }),
          maxRows: fc.integer({ min: 1, max: 7 }),
        }),
      ),
      async ({ changes, again, order, maxRows }) => {
        const rows = await load(changes, 1000);
        expect(await load([...order, ...again], maxRows)).toEqual(rows);
        const alive = rows.filter((row) => (row as { alive: boolean }).alive).map((row) => (row as Change).id);
        expect(alive).toEqual(["a", "b", "c"].filter((id) => isAlive(changes, id)));
      },
    ),
    { numRuns: CASES },
  );
});

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
