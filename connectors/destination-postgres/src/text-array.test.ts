import fc from "fast-check";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { testDatabase } from "./fixtures/database.ts";
import { BytePool } from "./byte-pool.ts";
import { TextArray } from "./text-array.ts";

const database = await testDatabase();
const client = new Client({ connectionString: database.url });
await client.connect();
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function asServerReads(array: TextArray): Promise<string[]> {
  const { rows } = await client.query<{ texts: string[] }>("SELECT $1::text[] AS texts", [array.toParameter()]);
  return rows[0]?.texts ?? [];
}

const texts = fc.array(
  fc.string({ unit: "binary", maxLength: 50 }).map((text) => text.replaceAll("\0", "").toWellFormed()),
  {
    maxLength: 40,
  },
);

test("the server reads every text as it was pushed, whatever the initial size", async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 200 }), async (all, initialBytes) => {
      const array = new TextArray(new BytePool(), initialBytes);
      for (const text of all) array.push(Buffer.from(text));
      expect(await asServerReads(array)).toEqual(all);
    }),
    { numRuns: 50 },
  );
});

test("a slice is the same as an array of the sliced elements", async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.nat(40), fc.nat(40), async (all, one, other) => {
      const array = new TextArray(new BytePool());
      for (const text of all) array.push(Buffer.from(text));
      const [from, to] = [Math.min(one, other, all.length), Math.min(Math.max(one, other), all.length)];
      const slice = array.slice(from, to);
      expect(await asServerReads(slice)).toEqual(all.slice(from, to));
      expect(all.slice(from, to).map((_, index) => slice.at(index).toString())).toEqual(all.slice(from, to));
    }),
    { numRuns: 50 },
  );
});
