import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { destinationPostgres, environment } from "./fixtures/destination-process.ts";
import { catalogLine } from "./fixtures/lines.ts";

const database = await testDatabase();
const folder = await mkdtemp(join(tmpdir(), "sluice-setup-"));
afterAll(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});

const catalog = join(folder, "catalog.json");
await writeFile(
  catalog,
  catalogLine({
    "Case Twin": {
      id: { type: "string" },
      Name: { type: "string" },
      name: { type: "string" },
      'q"uote': { type: "integer" },
    },
  }),
);

test("setup --dry-run prints the statements and changes nothing; setup carries them out; a second time there are none", async () => {
  const setup = (...args: string[]) =>
    destinationPostgres(["setup", "--catalog", catalog, "--schema", "own", ...args], {
      env: environment(database.url),
    });
  const planned = await setup("--dry-run");
  expect(planned.text).toContain('CREATE SCHEMA IF NOT EXISTS "own"');
  expect(planned.text).toContain('CREATE TABLE "own"."Case Twin"');
  expect(await query(database.url, "SELECT to_regnamespace('own') AS schema")).toEqual([{ schema: null }]);
  expect(await setup()).toMatchObject({ exitCode: 0, text: planned.text });
  expect(await setup()).toMatchObject({ exitCode: 0, text: "" });
  const columns = await query(
    database.url,
    "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'own' ORDER BY ordinal_position",
  );
  expect(columns.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["id", "Name", "name", 'q"uote', "_raw", "_version"]),
  );
});

test("check tells where tables go, and names the grant that is missing", async () => {
  await query(database.url, "CREATE ROLE plain LOGIN PASSWORD 'plain-password'").catch(() => []);
  const plain = new URL(database.url);
  plain.username = "plain";
  plain.password = "plain-password";
  const granted = await destinationPostgres(["check"], { env: environment(database.url) });
  expect(granted.messages).toMatchObject([
    { connection_status: { status: "succeeded", message: expect.stringContaining('schema "public"') } },
  ]);
  const denied = await destinationPostgres(["check", "--exit-code"], { env: environment(plain.href) });
  expect(denied).toMatchObject({
    exitCode: 11,
    messages: [{ connection_status: { status: "failed", message: expect.stringContaining("GRANT CREATE") } }],
  });
});

test("what is wrong with the connection is one sentence that names the field and holds no secret", async () => {
  const cases: [Record<string, string>, number, string][] = [
    [{}, 10, "DESTINATION_POSTGRES_CONNECTION_STRING"],
    [{ DESTINATION_POSTGRES_HOST: "localhost", DESTINATION_POSTGRES_DATABASE: "x" }, 10, "DESTINATION_POSTGRES_USER"],
    [environment("mysql://u:secret-word@localhost/x"), 10, "postgresql://"],
    [environment("postgresql://u:secret-word@127.0.0.1:1/x"), 12, "ECONNREFUSED"],
    [environment(database.url.replace(/:[^:@]+@/, ":secret-word@")), 11, "password"],
    [environment(database.url.replace(/:[^:@]+@/, "@")), 11, "password"],
    [environment(database.url.replace(/\/[^/]+$/, "/no_such_database")), 10, "no_such_database"],
    [environment(database.url, { DESTINATION_POSTGRES_SCHEMA: "pg_catalog" }), 10, "schema"],
    [environment(database.url, { DESTINATION_POSTGRES_PARALLEL: "many" }), 10, "DESTINATION_POSTGRES_PARALLEL"],
  ];
  for (const [env, exitCode, text] of cases) {
    const outcome = await destinationPostgres(["write"], {
      env,
      input: catalogLine({ s: { id: { type: "string" } } }),
    });
    expect(outcome).toMatchObject({ exitCode, stderr: expect.stringContaining(text) });
    expect(
      outcome.stderr
        .trim()
        .split("\n")
        .filter((line) => line.includes("error:")),
    ).toHaveLength(1);
    expect(outcome.stderr + outcome.text).not.toContain("secret-word");
  }
});
