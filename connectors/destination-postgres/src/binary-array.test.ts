import fc from "fast-check";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { queryWithArrays } from "./array-query.ts";
import { bigintArray, booleanArray } from "./binary-array.ts";
import { testDatabase } from "./fixtures/database.ts";

const database = await testDatabase();
const client = new Client({ connectionString: database.url });
await client.connect();
afterAll(async () => {
  await client.end();
  await database.drop();
});

test("the server reads whole numbers up to 2^53-1, NULL and booleans as they are", async () => {
  const text = "SELECT $1::bigint[]::text[] AS numbers, $2::boolean[] AS flags";
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, undefined))),
      fc.array(fc.boolean()),
      async (numbers, flags) => {
        const [rows] = await queryWithArrays(client, { text, parameters: [bigintArray(numbers), booleanArray(flags)] });
        expect(rows).toEqual([{ numbers: numbers.map((number) => number?.toString() ?? null), flags }]);
      },
    ),
    { numRuns: 50 },
  );
});

test("statements that go together are answered one by one, and none behind a failure is executed", async () => {
  const plain = (text: string) => ({ text, parameters: [] });
  const [made, one, two] = await queryWithArrays(
    client,
    plain("CREATE TEMP TABLE made (n int)"),
    plain("SELECT 1 AS n"),
    plain("SELECT 2 AS n UNION SELECT 3 ORDER BY n"),
  );
  expect([made, one, two]).toEqual([[], [{ n: 1 }], [{ n: 2 }, { n: 3 }]]);
  const failing = queryWithArrays(
    client,
    plain("INSERT INTO made VALUES (1)"),
    plain("SELECT 1 / 0"),
    plain("INSERT INTO made VALUES (2)"),
  );
  await expect(failing).rejects.toMatchObject({ code: "22012" });
  // what stood before it was part of the same transaction
  expect((await client.query("SELECT * FROM made")).rows).toEqual([]);
});
