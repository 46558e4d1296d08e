import { createDatabase, startPostgres } from "@sluice/postgres-kit/server";
import { afterAll, expect, test } from "vitest";
import { query } from "./fixtures/database.ts";
import { destinationPostgres, environment } from "./fixtures/destination-process.ts";
import { loadWithFault } from "./fixtures/faulted-load.ts";
import { catalogLine, completeLine, recordLine } from "./fixtures/lines.ts";
import { configuredStream, writeLines } from "./fixtures/open-writer.ts";

// What all other tests hold for the newest Postgres, in short for the oldest that npm has: 13 on Linux, x64.
const server = await startPostgres({ release: "oldest" });
const database = await createDatabase(server.url);
afterAll(() => server.stop());

test("the server is as old as it should be, and check says which it is", async () => {
  const { messages } = await destinationPostgres(["check"], { env: environment(database.url) });
  const oldest = process.platform === "linux" && process.arch === "x64" ? "Postgres 13." : "Postgres 15.";
  expect(messages).toMatchObject([
    { connection_status: { status: "succeeded", message: expect.stringContaining(oldest) } },
  ]);
});

test.each(["append", "merge", "overwrite", "history"] as const)(
  "on an old server, too, a COMMIT without an answer loses and doubles nothing in the mode %s",
  async (mode) => {
    const whole = await loadWithFault({ url: database.url, table: `${mode}_whole`, mode });
    expect(whole.rows.length).toBeGreaterThan(7);
    for (const when of ["before", "after"] as const) {
      const fault = { at: "commit", nth: 2, when, action: "reset" } as const;
      const cut = await loadWithFault({ url: database.url, table: `${mode}_${when}`, mode, fault });
      expect({ when, fired: cut.fired, rows: cut.rows }).toEqual({ when, fired: true, rows: whole.rows });
    }
  },
);

test("values, hard deletes, sweeps and widening are the same on an old server", async () => {
  const narrow = configuredStream("aged", { id: { type: "string" }, amount: { type: "integer" } });
  const lines = [1, 2, 3].map((id) => recordLine("aged", { id: `k${id}`, amount: id }, { version: id })).join("");
  await writeLines(database.url, lines, { stream: narrow, deletes: "hard" });
  const wide = configuredStream("aged", { id: { type: "string" }, amount: { type: "number" } });
  const more =
    recordLine("aged", '{"id":"k2","amount":1.10}', { version: 5 }) +
    recordLine("aged", { id: "k3" }, { version: 6, op: "delete" }) +
    recordLine("aged", '{"id":"k4","amount":"\\u0000"}', { version: 7 }) +
    completeLine("aged", 3, { sweep_version: 4 });
  const { rejected } = await writeLines(database.url, more, { stream: wide, deletes: "hard" });
  expect(rejected).toMatchObject([{ key: "k4" }]);
  expect(await query(database.url, "SELECT id, amount::text FROM aged")).toEqual([{ id: "k2", amount: "1.10" }]);
});

test("a table that is there already is taken as it is on an old server", async () => {
  const input = catalogLine({ twice: { id: { type: "string" }, at: { type: "integer", format: "unix-time" } } });
  const write = () =>
    destinationPostgres(["write"], { input: input + completeLine("twice", 0), env: environment(database.url) });
  expect(await write()).toMatchObject({ exitCode: 0 });
  expect(await write()).toMatchObject({ exitCode: 0 });
});
