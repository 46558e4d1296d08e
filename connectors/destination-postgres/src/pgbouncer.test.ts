import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { destinationPostgres, environment } from "./fixtures/destination-process.ts";
import { loadWithFault } from "./fixtures/faulted-load.ts";
import { catalogLine, completeLine, recordLine, stateLine } from "./fixtures/lines.ts";
import { startPgBouncer } from "./fixtures/pgbouncer.ts";

const database = await testDatabase();
const pooler = await startPgBouncer(database.url);
afterAll(async () => {
  await pooler[Symbol.asyncDispose]();
  await database.drop();
});

test.each(["append", "merge", "overwrite", "history"] as const)(
  "through PgBouncer in transaction mode a load is the same in the mode %s, also when a COMMIT is not answered",
  async (mode) => {
    const direct = await loadWithFault({ url: database.url, table: `${mode} direct`, mode });
    const pooled = await loadWithFault({ url: pooler.url, table: `${mode} pooled`, mode });
    expect(pooled.rows).toEqual(direct.rows);
    const fault = { at: "commit", nth: direct.messages.commits - 3, when: "after", action: "reset" } as const;
    const cut = await loadWithFault({ url: pooler.url, table: `${mode} cut`, mode, fault });
    expect({ fired: cut.fired, rows: cut.rows }).toEqual({ fired: true, rows: direct.rows });
  },
);

test("no setting of ours is left to whoever has the connection next", async () => {
  const settings = ["search_path", "TimeZone", "DateStyle", "work_mem", "statement_timeout", "lock_timeout"];
  const told = (url: string) =>
    query(url, `SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`).join(", ")}`);
  const before = await told(database.url);
  const item = { id: { type: "string" } };
  const input =
    catalogLine({ left: item, right: item }) +
    recordLine("left", { id: "a" }) +
    recordLine("right", { id: "a" }) +
    stateLine("left", { seq: 1 }) +
    completeLine("left", 1) +
    completeLine("right", 1);
  const env = environment(pooler.url);
  for (const run of ["one", "two"])
    expect(await destinationPostgres(["write", "--pipeline", "pooled", "--run-id", run], { env, input })).toMatchObject(
      {
        exitCode: 0,
      },
    );
  for (let client = 0; client < 4; client += 1) expect(await told(pooler.url)).toEqual(before);
});
