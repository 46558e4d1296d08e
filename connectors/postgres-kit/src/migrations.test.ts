import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, type Migration } from "./migrations.ts";
import { createDatabase, type TemporaryDatabase } from "./server/index.ts";

const first: Migration = { id: 1, name: "pets", sql: "CREATE TABLE pets (name text); INSERT INTO pets VALUES ('Rex')" };
const second: Migration = { id: 2, name: "age", sql: "ALTER TABLE pets ADD COLUMN age integer" };
const schema = 'its "own"';
const pets = `SELECT * FROM "its ""own""".pets`;

let database: TemporaryDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  client = await connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

async function connect(): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: database.url });
  await connection.connect();
  return connection;
}

test("each migration is applied once, in the schema that was asked for", async () => {
  expect(await migrate(client, { schema, migrations: [first] })).toEqual([1]);
  expect(await migrate(client, { schema, migrations: [first, second] })).toEqual([2]);
  expect(await migrate(client, { schema, migrations: [first, second] })).toEqual([]);
  expect((await client.query(pets)).rows).toEqual([{ name: "Rex", age: null }]);
});

test("the search path of the session is as it was", async () => {
  const before = await client.query("SHOW search_path");
  await migrate(client, { schema, migrations: [first] });
  expect((await client.query("SHOW search_path")).rows).toEqual(before.rows);
});

test("of five callers at once one applies the migrations and the others find them applied", async () => {
  const clients = await Promise.all([1, 2, 3, 4, 5].map(connect));
  try {
    const applied = await Promise.all(clients.map((each) => migrate(each, { schema, migrations: [first, second] })));
    expect(applied.flat()).toEqual([1, 2]);
  } finally {
    await Promise.all(clients.map((each) => each.end()));
  }
});

test("two schemas of one database are migrated apart", async () => {
  expect(await migrate(client, { schema: "a", migrations: [first] })).toEqual([1]);
  expect(await migrate(client, { schema: "b", migrations: [first, second] })).toEqual([1, 2]);
});

test("two subjects share a schema, each with a ledger of its own", async () => {
  const other: Migration = { id: 1, name: "food", sql: "CREATE TABLE food (name text)" };
  expect(await migrate(client, { schema, migrations: [first] })).toEqual([1]);
  expect(await migrate(client, { schema, migrations: [other], ledger: "food migrations" })).toEqual([1]);
  expect(await migrate(client, { schema, migrations: [other], ledger: "food migrations" })).toEqual([]);
});

test("a migration that was changed after it was applied is refused", async () => {
  await migrate(client, { schema, migrations: [first] });
  const changed = { ...first, sql: `${first.sql} ` };
  await expect(migrate(client, { schema, migrations: [changed, second] })).rejects.toMatchObject({
    reason: "migration_changed",
    message: expect.stringContaining("new migration"),
  });
});

test("a schema of a newer version is refused", async () => {
  await migrate(client, { schema, migrations: [first, second] });
  await expect(migrate(client, { schema, migrations: [first] })).rejects.toMatchObject({
    reason: "migrations_newer",
    message: expect.stringContaining("migration 2 (age)"),
  });
});

test("a connection that is lost in a migration is no flaw of the migration", async () => {
  const other = new pg.Client({ connectionString: database.url });
  other.on("error", () => {});
  await other.connect();
  const cut = { id: 1, name: "cut", sql: "SELECT pg_terminate_backend(pg_backend_pid())" };
  await expect(migrate(other, { schema, migrations: [cut] })).rejects.toMatchObject({ code: "57P01" });
  await other.end();
  const lost = new pg.Client({ connectionString: database.url });
  lost.on("error", () => {});
  await lost.connect();
  const slow = migrate(lost, { schema, migrations: [{ id: 1, name: "slow", sql: "SELECT pg_sleep(1)" }] });
  setTimeout(() => Reflect.get(Object(lost), "connection").stream.destroy(), 200);
  await expect(slow).rejects.toThrow("Connection terminated unexpectedly");
  await expect(slow).rejects.not.toHaveProperty("reason");
  expect(await migrate(client, { schema, migrations: [first, second] })).toEqual([1, 2]);
});

test("when one migration fails none of them has happened", async () => {
  const broken = { id: 2, name: "broken", sql: "SELECT 1 / 0" };
  await expect(migrate(client, { schema, migrations: [first, broken] })).rejects.toMatchObject({
    reason: "migration_failed",
    message: expect.stringContaining("division by zero"),
  });
  await expect(client.query(pets)).rejects.toMatchObject({ code: "42P01" });
  expect(await migrate(client, { schema, migrations: [first, second] })).toEqual([1, 2]);
});

test("migrations with a gap in their numbers are refused", async () => {
  const gap = { ...second, id: 3 };
  await expect(migrate(client, { schema, migrations: [first, gap] })).rejects.toMatchObject({
    reason: "migrations_invalid",
  });
});
