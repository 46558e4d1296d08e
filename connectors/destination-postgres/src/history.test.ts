import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { completeLine, recordLine } from "./fixtures/lines.ts";
import { configuredStream, writeLines } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const CASES = Number(process.env["SLUICE_CASES"] ?? 15);
const ITEM = { id: { type: "string" }, amount: { type: "integer" } };
const stream = (name: string) => configuredStream(name, ITEM, { mode: "history" });
const rows = (name: string) =>
  query(
    database.url,
    `SELECT id, amount::int, _version::int AS version, _valid_to::int AS valid_to, _deleted_at IS NOT NULL AS gone FROM ${name} ORDER BY id, _version`,
  );

test("every version of a key is a row that tells where the next one begins, whatever order they come in", async () => {
  const lines =
    recordLine("versions", { id: "a", amount: 3 }, { version: 3 }) +
    recordLine("versions", { id: "a", amount: 1 }, { version: 1 }) +
    recordLine("versions", { id: "a" }, { version: 5, op: "delete" }) +
    recordLine("versions", { id: "a", amount: 2 }, { version: 2 });
  const { committed } = await writeLines(database.url, lines + completeLine("versions", 4), {
    stream: stream("versions"),
    max_batch_rows: 1,
  });
  expect(committed[0]?.counts).toMatchObject({ versions: { received: 4, written: 3, deleted: 1, skipped: 0 } });
  expect(await rows("versions")).toEqual([
    { id: "a", amount: 1, version: 1, valid_to: 2, gone: false },
    { id: "a", amount: 2, version: 2, valid_to: 3, gone: false },
    { id: "a", amount: 3, version: 3, valid_to: 5, gone: false },
    { id: "a", amount: null, version: 5, valid_to: null, gone: true },
  ]);
});

test("what a full listing no longer has ends there", async () => {
  const first = recordLine("swept", { id: "a" }, { version: 1 }) + recordLine("swept", { id: "b" }, { version: 1 });
  await writeLines(database.url, first + completeLine("swept", 2), { stream: stream("swept") });
  const second = recordLine("swept", { id: "a" }, { version: 7 });
  await writeLines(database.url, second + completeLine("swept", 1, { sweep_version: 5 }), { stream: stream("swept") });
  expect(await rows("swept")).toMatchObject([
    { id: "a", version: 1, valid_to: 7 },
    { id: "a", version: 7, valid_to: null },
    { id: "b", version: 1, valid_to: 5 },
    { id: "b", version: 5, valid_to: null, gone: true },
  ]);
});

test("any permutation, duplication and batching of the same records gives the same history", async () => {
  const change = fc.record({
    id: fc.constantFrom("a", "b"),
    version: fc.integer({ min: 0, max: 5 }),
    op: fc.constantFrom("upsert", "upsert", "delete"),
    amount: fc.integer({ min: 0, max: 2 }),
  });
  let number = 0;
  const load = async (
    changes: readonly { id: string; version: number; op: string; amount: number }[],
    maxRows: number,
  ) => {
    const name = `changes_${(number += 1)}`;
    const lines = changes.map(({ id, amount, ...rest }) => recordLine(name, { id, amount }, rest)).join("");
    await writeLines(database.url, lines, { stream: stream(name), max_batch_rows: maxRows, parallel: 1 });
    const result = await rows(name);
    await query(database.url, `DROP TABLE ${name}`);
    return result;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 15 }).chain((changes) =>
        fc.record({
          changes: fc.constant(changes),
          again: fc.shuffledSubarray(changes),
          order: fc.shuffledSubarray(changes, { minLength: changes.length }),
          maxRows: fc.integer({ min: 1, max: 5 }),
        }),
      ),
      async ({ changes, again, order, maxRows }) => {
        expect(await load([...order, ...again], maxRows)).toEqual(await load(changes, 1000));
      },
    ),
    { numRuns: CASES },
  );
});
