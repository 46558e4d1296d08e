import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { destinationPostgres, environment } from "./fixtures/destination-process.ts";
import { catalogLine, completeLine, recordLine, stateLine } from "./fixtures/lines.ts";
import { configuredStream, writeLines } from "./fixtures/open-writer.ts";

const database = await testDatabase();
const name = new URL(database.url).pathname.slice(1);
const role = `loader_${name}`;
afterAll(async () => {
  await database.drop();
  await query(process.env["DATABASE_URL"] ?? "", `DROP ROLE "${role}"`);
});

// what docs/connectors/destination-postgres.md lists under Grants, and nothing else
await query(database.url, `CREATE ROLE "${role}" LOGIN PASSWORD 'loader'`);
await query(database.url, `REVOKE ALL ON DATABASE "${name}" FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC`);
await query(database.url, `GRANT CONNECT, CREATE ON DATABASE "${name}" TO "${role}"`);
await query(database.url, `GRANT USAGE, CREATE ON SCHEMA public TO "${role}"`);
const asRole = new URL(database.url);
asRole.username = role;
asRole.password = "loader";

const properties = { id: { type: "string" }, amount: { type: "integer" } };

test.each(["append", "merge", "overwrite", "history"] as const)(
  "the documented grants are enough for the mode %s, twice",
  async (mode) => {
    const stream = configuredStream(mode, properties, { mode, generation_id: "g1" });
    for (const generation of ["g1", "g2"]) {
      const lines =
        recordLine(mode, { id: "a", amount: 1 }, { version: 1 }) +
        recordLine(mode, { id: "b" }, { version: 2, op: "delete" }) +
        stateLine(mode, { seq: 1, generation_id: generation }) +
        completeLine(mode, 2, { sweep_version: 1, generation_id: generation });
      await writeLines(asRole.href, lines, {
        stream: { ...stream, generation_id: generation },
        pipelineId: `${mode} ${generation}`,
        runId: "r",
      });
    }
    expect(await query(database.url, `SELECT * FROM "${mode}"`)).not.toEqual([]);
  },
);

test("they are enough for a schema of its own, for checkpoints and for teardown", async () => {
  const env = environment(asRole.href, { DESTINATION_POSTGRES_SCHEMA: "made by it" });
  const catalog = catalogLine({ torn: properties });
  const input = catalog + stateLine("torn", { seq: 1 }) + completeLine("torn", 0);
  expect(await destinationPostgres(["write", "--pipeline", "p"], { env, input })).toMatchObject({ exitCode: 0 });
  expect((await destinationPostgres(["checkpoint", "get", "--pipeline", "p"], { env })).messages).toHaveLength(1);
  const torn = await destinationPostgres(["teardown", "--catalog", "-", "--pipeline", "p"], { env, input: catalog });
  expect(torn).toMatchObject({ exitCode: 0, text: expect.stringContaining('DROP TABLE "made by it"."torn"') });
  expect(await query(database.url, `SELECT to_regclass('"made by it".torn') AS found`)).toEqual([{ found: null }]);
  expect((await destinationPostgres(["checkpoint", "get", "--pipeline", "p"], { env })).messages).toEqual([]);
});

test("check names a grant that only the checkpoints need", async () => {
  const settings = { DESTINATION_POSTGRES_CHECKPOINT_SCHEMA: "kept elsewhere" };
  await query(database.url, `CREATE SCHEMA "kept elsewhere"`);
  const env = environment(asRole.href, settings);
  const checked = await destinationPostgres(["check", "--exit-code"], { env });
  expect(checked).toMatchObject({ exitCode: 11, text: expect.stringContaining("GRANT USAGE ON SCHEMA") });
});

test.each([
  [
    "CREATE ON DATABASE",
    `REVOKE CREATE ON DATABASE "${name}" FROM "${role}"`,
    { DESTINATION_POSTGRES_SCHEMA: "other" },
  ],
  ["CREATE ON SCHEMA", `REVOKE CREATE ON SCHEMA public FROM "${role}"`, {}],
])("without %s a new table is refused as a permission, by write as by check", async (grant, revoke, env) => {
  await query(database.url, revoke);
  const input = catalogLine({ [`new ${grant}`]: properties }) + completeLine(`new ${grant}`, 0);
  const denied = await destinationPostgres(["write"], { env: environment(asRole.href, env), input });
  expect(denied).toMatchObject({ exitCode: 11, stderr: expect.stringContaining("lacks a permission") });
  const checked = await destinationPostgres(["check", "--exit-code"], { env: environment(asRole.href, env) });
  expect(checked).toMatchObject({ exitCode: 11, text: expect.stringContaining("GRANT CREATE") });
});

test("a table of somebody else's is a permission to ask for, not a crash", async () => {
  await query(
    database.url,
    `CREATE TABLE foreigner (id text PRIMARY KEY);
     COMMENT ON TABLE foreigner IS 'Stream "foreigner", loaded by destination-postgres.'`,
  );
  const input = catalogLine({ foreigner: properties }) + completeLine("foreigner", 0);
  const denied = await destinationPostgres(["write"], { env: environment(asRole.href), input });
  expect(denied).toMatchObject({ exitCode: 11, stderr: expect.stringContaining("must be owner of table foreigner") });
});

test("nothing that stands in the search_path is called: a role or a database can set it to what it likes", async () => {
  await query(database.url, `GRANT CREATE ON DATABASE "${name}" TO "${role}"; GRANT ALL ON SCHEMA public TO "${role}"`);
  await query(
    database.url,
    `CREATE SCHEMA trap;
     CREATE TABLE trap.sprung (what text);
     CREATE FUNCTION trap.spring(what text) RETURNS void LANGUAGE sql AS 'INSERT INTO trap.sprung VALUES (what)';
     CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT trap.spring('now'); SELECT pg_catalog.now() $$;
     CREATE FUNCTION trap.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT trap.spring('clock'); SELECT pg_catalog.now() $$;
     CREATE FUNCTION trap.to_regclass(text) RETURNS regclass LANGUAGE sql AS $$ SELECT trap.spring('class'); SELECT pg_catalog.to_regclass($1) $$;
     CREATE FUNCTION trap.starts_with(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring('start'); SELECT false $$;
     CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring('setting'); SELECT pg_catalog.current_setting($1) $$;
     CREATE FUNCTION trap.to_char(timestamp, text) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring('char'); SELECT '' $$;
     CREATE FUNCTION trap.hashtextextended(text, int) RETURNS bigint LANGUAGE sql AS $$ SELECT trap.spring('hash'); SELECT 1::bigint $$;
     CREATE FUNCTION trap.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS $$ SELECT trap.spring('lock') $$;
     CREATE FUNCTION trap.to_timestamp(bigint) RETURNS timestamptz LANGUAGE sql AS $$ SELECT trap.spring('time'); SELECT pg_catalog.now() $$;
     CREATE FUNCTION trap.count(text) RETURNS bigint LANGUAGE sql AS $$ SELECT 0::bigint $$;
     CREATE TABLE trap.pg_class (oid oid, relname text);
     CREATE TABLE trap.trapped (id text PRIMARY KEY);
     GRANT ALL ON SCHEMA trap TO "${role}"; GRANT ALL ON ALL TABLES IN SCHEMA trap TO "${role}";
     ALTER ROLE "${role}" SET search_path = trap, pg_catalog, public`,
  );
  const stream = configuredStream("trapped", { id: { type: "string" }, at: { type: "integer", format: "unix-time" } });
  const lines =
    recordLine("trapped", { id: "a", at: 1 }, { version: 1 }) +
    recordLine("trapped", { id: "b" }, { op: "delete" }) +
    stateLine("trapped", { seq: 1 }) +
    completeLine("trapped", 2, { sweep_version: 1 });
  await writeLines(asRole.href, lines, { stream, pipelineId: "trapped", runId: "r" });
  const env = environment(asRole.href);
  expect((await destinationPostgres(["check"], { env })).text).toContain('"succeeded"');
  await destinationPostgres(["checkpoint", "history", "--pipeline", "trapped"], { env });
  expect(await query(database.url, "SELECT * FROM trap.sprung")).toEqual([]);
  expect(await query(database.url, "SELECT count(*)::int AS n FROM public.trapped")).toEqual([{ n: 2 }]);
});
