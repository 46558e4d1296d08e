import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDatabase } from "@sluice/postgres-kit/server";
import { startEmulator } from "@sluice/stripe-emulator";
import { execa } from "execa";
import fc from "fast-check";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { connectorsOnPath } from "./fixtures/connectors-on-path.ts";

// The main job as a person types it: two programs, a pipe, and a kill -9 at any moment.
const KILLS = Number(process.env["SLUICE_KILLS"] ?? 3);

const emulator = await startEmulator({ objects: { customers: 1500, payment_intents: 2500 } });
const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
const client = new Client({ connectionString: database.url });
await client.connect();
const connectors = await connectorsOnPath("source-stripe", "destination-postgres");
afterAll(async () => {
  await client.end();
  await database.drop();
  await emulator.close();
  await rm(connectors.folder, { recursive: true });
});

function shell(command: string, schema: string) {
  return execa("sh", ["-c", command], {
    cwd: connectors.folder,
    reject: false,
    env: {
      PATH: connectors.path,
      SOURCE_STRIPE_API_KEY: emulator.apiKey,
      SOURCE_STRIPE_API_VERSION: emulator.apiVersion,
      SOURCE_STRIPE_BASE_URL: emulator.url,
      SOURCE_STRIPE_MAX_REQUESTS_PER_SECOND: "1000",
      DESTINATION_POSTGRES_CONNECTION_STRING: database.url,
      DESTINATION_POSTGRES_SCHEMA: schema,
    },
  });
}

/** Every row of every table of a schema, as one checksum a table; when it was written does not matter. */
async function contents(schema: string): Promise<Record<string, unknown>> {
  const { rows: tables } = await client.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = $1",
    [schema],
  );
  const sums: Record<string, unknown> = {};
  for (const { name } of tables) {
    const { rows } = await client.query(
      `SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, md5(string_agg(id || _raw::text, '' ORDER BY id)) AS sum FROM "${schema}"."${name}" WHERE _deleted_at IS NULL`,
    );
    sums[name] = rows[0];
  }
  return sums;
}

test("source-stripe read | destination-postgres write puts every object of every stream into Postgres", async () => {
  const { exitCode } = await shell("source-stripe read | destination-postgres write", "reference");
  expect(exitCode).toBe(0);
  const counts = emulator.counts();
  const loaded = await contents("reference");
  expect(Object.keys(loaded).length).toBeGreaterThan(70);
  for (const [stream, sum] of Object.entries(loaded)) {
    expect({ stream, ...(sum as object) }).toMatchObject({
      stream,
      rows: counts[stream] ?? 0,
      ids: counts[stream] ?? 0,
    });
  }
});

test("kill -9 of either side makes the pipe fail, and resuming with --state gives the same tables", async () => {
  const expected = await contents("reference");
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("source-stripe", "destination-postgres"),
      // by then so many lines of the destination's output are in the state file
      fc.integer({ min: 0, max: 60 }),
      async (victim, linesBefore) => {
        const schema = `killed_${(number += 1)}`;
        const states = join(connectors.folder, `${schema}.ndjson`);
        await writeFile(states, "");
        const command = `source-stripe read --state ${states} | destination-postgres write --pipeline ${schema} >> ${states}`;

        const pidFile = join(connectors.folder, `${victim}.pid`);
        await rm(pidFile, { force: true });
        const first = shell(command, schema);
        await expect
          .poll(async () => (await readFile(states, "utf8")).split("\n").length, { interval: 3, timeout: 30_000 })
          .toBeGreaterThan(linesBefore);
        await expect
          .poll(() => readFile(pidFile, "utf8").catch(() => ""), { interval: 3, timeout: 30_000 })
          .not.toBe("");
        process.kill(Number(await readFile(pidFile, "utf8")), "SIGKILL");
        expect((await first).exitCode).not.toBe(0);

        const second = await shell(command, schema);
        expect({ exitCode: second.exitCode, stderr: second.exitCode === 0 ? "" : second.stderr }).toEqual({
          exitCode: 0,
          stderr: "",
        });
        expect(await contents(schema)).toEqual(expected);
        await client.query(`DROP SCHEMA ${schema} CASCADE`);
      },
    ),
    {
      numRuns: KILLS,
      examples: [
        ["source-stripe", 5],
        ["destination-postgres", 5],
      ],
    },
  );
}, 600_000);

test("the same input a second time changes nothing", async () => {
  const before = await contents("reference");
  expect(await shell("source-stripe read | destination-postgres write", "reference")).toMatchObject({ exitCode: 0 });
  expect(await contents("reference")).toEqual(before);
});

test("a source that fails fails the pipe", async () => {
  const { exitCode, stderr } = await shell(
    "source-stripe read --api-version yesterday | destination-postgres write",
    "failed",
  );
  expect(exitCode).toBe(13);
  expect(stderr).toContain("api_version");
});
