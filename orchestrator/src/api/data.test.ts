import { expect, test } from "vitest";
import type { DataTable } from "../data/tables.ts";
import { newApi } from "../fixtures/api.ts";
import { newPostgresPipeline } from "../fixtures/destination.ts";

const TABLE = `
  CREATE TABLE customers (id bigint PRIMARY KEY, name text, paid numeric, tags text[], at timestamptz,
    _synced_at timestamptz NOT NULL DEFAULT clock_timestamp());
  COMMENT ON COLUMN customers.name IS 'Whose it is.';
  INSERT INTO customers (id, name, paid, tags, at)
    SELECT 9007199254740993 + n, 'name ' || n, 0.10, '{a,b}', '2026-01-02T03:04:05Z' FROM generate_series(0, 4) AS n`;

/** What must not be possible, by one statement, to whom: whatever it answers, nothing has changed. */
const ATTACKS = [
  "DELETE FROM customers",
  "DELETE FROM customers RETURNING id",
  "WITH gone AS (DELETE FROM customers RETURNING id) SELECT * FROM gone",
  "SELECT 1; DELETE FROM customers",
  "COMMIT; DELETE FROM customers",
  "COMMIT",
  "SELECT 1 FROM customers FOR UPDATE",
  "CREATE TABLE more AS SELECT 1",
  "SELECT 1 INTO more",
  "SET TRANSACTION READ WRITE",
  "DO $$ BEGIN DELETE FROM customers; END $$",
  "DO $$ BEGIN COMMIT; DELETE FROM customers; END $$",
  "SELECT set_config('transaction_read_only', 'off', true), query_to_xml('DELETE FROM customers', true, false, '')",
  "SELECT set_config('transaction_read_only', 'off', false)",
  "SELECT set_config('role', 'none', true)",
  "SELECT set_config('session_authorization', 'default', true)",
  "SELECT erase()",
  "SELECT nextval('counter')",
  "SELECT lo_from_bytea(0, 'x')",
  "EXPLAIN ANALYZE DELETE FROM customers",
  "TABLE customers) AS t; DELETE FROM customers; --",
  "PREPARE x AS DELETE FROM customers",
  "LOCK TABLE customers",
  "VACUUM",
  "LISTEN customers",
];
/** What a superuser may, and a question by its login must not. */
const MIGHT = [
  "COPY (SELECT 1) TO PROGRAM 'cat'",
  "COPY customers TO '/tmp/sluice-copied'",
  "SELECT pg_read_file('postgresql.conf')",
  "SELECT pg_ls_dir('.')",
  "SELECT lo_export(1, '/tmp/sluice-exported')",
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = session_user AND pid <> pg_backend_pid()",
  "SELECT pg_reload_conf()",
  "SELECT set_config('role', session_user, true), query_to_xml('SELECT pg_read_file(''postgresql.conf'')', true, false, '')",
  "ALTER SYSTEM SET work_mem = '1GB'",
  "SET SESSION AUTHORIZATION DEFAULT",
];

/** Runs as its owner, so that a reader without a transaction that is read-only could erase by it. */
const ERASER = `CREATE SEQUENCE counter;
  CREATE FUNCTION erase() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.customers'`;

test("a question is answered with every digit, with its columns and their types", async () => {
  const { call, store } = await newApi();
  const { path, client } = await newPostgresPipeline(store);
  await client.query(TABLE);
  const ask = (sql: string, more = {}) => call(`POST ${path}/query`, { as: "operator", body: { sql, ...more } });
  const sql = "SELECT id, paid, tags, at, NULL AS nothing, true AS yes, id FROM customers ORDER BY id";
  const { status, body } = await ask(sql, { max_rows: 2 });
  expect([status, body["truncated"]]).toEqual([200, "rows"]);
  expect(body["columns"]).toEqual(
    [
      ["id", "bigint"],
      ["paid", "numeric"],
      ["tags", "text[]"],
      ["at", "timestamp with time zone"],
      ["nothing", "text"],
      ["yes", "boolean"],
      ["id", "bigint"],
    ].map(([name, type]) => ({ name, type })),
  );
  const [row] = body["rows"] as string[][];
  const id = "9007199254740993";
  expect(row).toEqual([id, "0.10", '["a","b"]', "2026-01-02T03:04:05+00:00", null, "true", id]);
  expect((await ask("SELECT FROM customers")).body).toMatchObject({ columns: [], rows: [[], [], [], [], []] });
  expect((await ask("EXPLAIN SELECT 1")).body["columns"]).toEqual([{ name: "QUERY PLAN", type: "text" }]);
  const wrong = await ask("SELECT nothing FROM customers");
  expect(wrong).toMatchObject({ status: 422, body: { detail: expect.stringContaining("at character 8") } });
  const large = await ask("SELECT repeat('x', 3000000) FROM generate_series(1, 9)");
  expect([(large.body["rows"] as []).length, large.body["truncated"]]).toEqual([2, "bytes"]);
  expect((await call("GET /v1/audit")).body["items"]).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ action: "data.query", detail: expect.objectContaining({ sql }) }),
    ]),
  );
});

test.each(["superuser", "writer"] as const)("nothing that is asked as a %s changes anything", async (login) => {
  const { call, store } = await newApi();
  const { path, client, role } = await newPostgresPipeline(store, login);
  await client.query(login === "writer" ? `SET ROLE ${role}` : "SELECT 1");
  await client.query(`${TABLE}; ${ERASER}`);
  const ask = (sql: string) => call(`POST ${path}/query`, { body: { sql } });
  for (const sql of [...ATTACKS, ...MIGHT.filter((each) => login === "superuser" || !each.includes("terminate"))])
    expect([sql, (await ask(sql)).status]).toEqual([sql, 422]);
  const left = await client.query(
    "SELECT count(*)::int AS count, (SELECT count(*)::int FROM pg_class WHERE relname = 'more') AS more FROM customers",
  );
  expect(left.rows).toEqual([{ count: 5, more: 0 }]);
  // and what is allowed is still answered
  expect(await ask("SELECT count(*) FROM customers")).toMatchObject({ status: 200, body: { rows: [["5"]] } });
});

test("a question ends when it takes too long, is cancelled, or nobody waits for it", async () => {
  const { call, store, listen, tokenOf } = await newApi();
  const { path, client } = await newPostgresPipeline(store);
  const underWay = async () =>
    (await client.query("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'sluice query%'")).rowCount;
  const sql = "SELECT pg_sleep(120)";
  const late = await call(`POST ${path}/query`, { body: { sql, timeout_ms: 100 } });
  expect(late).toMatchObject({ status: 422, body: { detail: expect.stringContaining("longer than it may") } });
  const query_id = "018f4e9c-6b7a-7c3d-9e1f-2a3b4c5d6e7f";
  const asked = call(`POST ${path}/query`, { body: { sql, query_id } });
  await expect
    .poll(async () => (await call(`POST ${path}/cancel`, { body: { query_id } })).status, { timeout: 10_000 })
    .toBe(204);
  expect((await asked).status).toBe(422);
  expect((await call(`POST ${path}/cancel`, { body: { query_id } })).status).toBe(404);
  const leaving = new AbortController();
  const left = fetch(`${await listen()}${path}/query`, {
    method: "POST",
    headers: { authorization: `Bearer ${tokenOf("operator")}`, "content-type": "application/json" },
    body: JSON.stringify({ sql }),
    signal: leaving.signal,
  });
  await expect.poll(underWay).toBe(1);
  leaving.abort();
  await expect(left).rejects.toThrow("aborted");
  await expect.poll(underWay, { timeout: 10_000 }).toBe(0);
});

test("tables are listed with their columns, a page at a time, and not those of the checkpoints", async () => {
  const { call, store } = await newApi();
  const { path, client } = await newPostgresPipeline(store, "writer");
  await client.query(`${TABLE}; CREATE VIEW recent AS SELECT id FROM customers; CREATE SCHEMA _sluice;
    CREATE TABLE _sluice.checkpoints (id int); ANALYZE customers`);
  const first = await call(`GET ${path}/tables?limit=1`);
  expect(first.body["items"]).toMatchObject([
    {
      schema: "public",
      name: "customers",
      kind: "table",
      estimated_rows: 5,
      columns: expect.arrayContaining([
        { name: "id", type: "bigint", is_key: true, is_nullable: false, comment: null },
        { name: "name", type: "text", is_key: false, is_nullable: true, comment: "Whose it is." },
      ]),
    },
  ]);
  const second = await call(`GET ${path}/tables?limit=1&cursor=${String(first.body["next_cursor"])}`);
  expect(second.body).toMatchObject({ items: [{ name: "recent", kind: "view" }], next_cursor: null });
  // these were never counted
  await client.query("CREATE TABLE empty (id int); CREATE TABLE fresh AS SELECT generate_series(1, 3) AS id");
  await client.query("SELECT pg_stat_force_next_flush()");
  const rows = async () => {
    const { body } = await call(`GET ${path}/tables`);
    return Object.fromEntries((body["items"] as DataTable[]).map((table) => [table.name, table.estimated_rows]));
  };
  await expect.poll(rows, { timeout: 40_000 }).toEqual({ customers: 5, empty: 0, fresh: 3, recent: null });
});

test("a file has a line of names, quotes what needs it, and holds more rows than are shown", async () => {
  const { call, store } = await newApi();
  const { path } = await newPostgresPipeline(store);
  const sql = `SELECT n, CASE n WHEN 2 THEN E'a "b",\\nc' END AS text FROM generate_series(1, 11000) AS n`;
  const { status, text, headers } = await call(`POST ${path}/csv`, { body: { sql } });
  expect([status, headers["content-type"], headers["sluice-truncated"]]).toEqual([
    200,
    "text/csv; charset=utf-8",
    undefined,
  ]);
  expect(text.startsWith('n,text\r\n1,\r\n2,"a ""b"",\nc"\r\n3,\r\n')).toBe(true);
  expect(text.split("\r\n").length).toBe(11_002);
  const cut = await call(`POST ${path}/csv`, { body: { sql, max_rows: 10 } });
  expect(cut.headers["sluice-truncated"]).toBe("rows");
});

test("a table is watched: its newest rows, and then those that change", async () => {
  const { call, store, listen, tokenOf } = await newApi();
  const { path, client } = await newPostgresPipeline(store);
  await client.query(TABLE);
  const leaving = new AbortController();
  const answer = await fetch(`${await listen()}${path}/tail?schema=public&table=customers`, {
    headers: { authorization: `Bearer ${tokenOf("operator")}` },
    signal: leaving.signal,
  });
  const heard: string[] = [];
  const listening = (async () => {
    for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) heard.push(text);
  })().catch(() => {});
  await expect.poll(() => heard.join(""), { timeout: 10_000 }).toContain("name 4");
  expect(heard.join("")).toMatch(/event: columns\ndata: .*"_synced_at".*\n\nevent: rows/);
  await client.query("UPDATE customers SET name = 'renamed', _synced_at = clock_timestamp() WHERE name = 'name 2'");
  await expect.poll(() => heard.join(""), { timeout: 10_000 }).toContain("renamed");
  expect(heard.join("").split("name 3").length).toBe(2);
  leaving.abort();
  await listening;
  await expect
    .poll(
      async () =>
        (await client.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'sluice tail'")).rowCount,
    )
    .toBe(0);
  const missing = await call(`GET ${path}/tail?schema=public&table=nothing`);
  expect(missing).toMatchObject({ status: 404, body: { code: "not_found" } });
});

test("what is no Postgres cannot be looked at, and is told so", async () => {
  const { call, store } = await newApi();
  const { elsewhere } = await newPostgresPipeline(store);
  const path = `/v1/pipelines/${elsewhere}/data`;
  for (const request of [`GET ${path}/tables`, `GET ${path}/tail?schema=a&table=b`])
    expect(await call(request)).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining("destination-example") },
    });
  expect(await call(`POST ${path}/query`, { body: { sql: "SELECT 1" } })).toMatchObject({ status: 422 });
  expect((await call("GET /v1/pipelines/none/data/tables")).status).toBe(404);
});
