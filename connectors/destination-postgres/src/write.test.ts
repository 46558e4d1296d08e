import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { destinationPostgres, environment, startWrite, type Outcome } from "./fixtures/destination-process.ts";
import { catalogLine, completeLine, recordLine, stateLine } from "./fixtures/lines.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const ITEM = { id: { type: "string" }, amount: { type: ["integer", "null"] } };

function write(input: string, args: string[] = []): Promise<Outcome> {
  return destinationPostgres(["write", ...args], { input, env: environment(database.url) });
}

function ofType(outcome: Outcome, type: string): Record<string, unknown>[] {
  return outcome.messages
    .filter((message) => message["type"] === type)
    .map((message) => message[type] as Record<string, unknown>);
}

test("records become rows of typed columns, digit by digit", async () => {
  const properties = {
    id: { type: "string" },
    amount: { type: "integer" },
    rate: { type: ["number", "null"] },
    paid: { type: "boolean" },
    created: { type: "integer", format: "unix-time" },
    booked_at: { type: "string", format: "date-time" },
    customer: { anyOf: [{ type: "string" }, { type: "object" }, { type: "null" }] },
    lines: { type: "array" },
    anything: {},
    xmin: { type: "string" },
    _version: { type: "string" },
  };
  const data =
    '{"id":"a","amount":9007199254740993,"rate":1.10,"paid":true,"created":1732270000,"booked_at":"2026-03-29T02:30:00+02:00",' +
    '"customer":{"id":"cus_1"},"lines":[1],"anything":null,"xmin":"x","_version":"v","unknown":[true]}';
  const input =
    catalogLine({ typed: properties }) + recordLine("typed", data, { version: 7 }) + completeLine("typed", 1);
  expect(await write(input)).toMatchObject({ exitCode: 0 });
  const [row] = await query(
    database.url,
    "SELECT *, created::text AS created, amount::text, booked_at::text AS booked_at FROM typed",
  );
  expect(row).toMatchObject({
    id: "a",
    amount: "9007199254740993",
    rate: "1.10",
    paid: true,
    created: expect.stringMatching(/^2024-11-22 10:06:40/),
    booked_at: expect.stringMatching(/^2026-03-29 00:30:00/),
    customer: '{"id": "cus_1"}',
    lines: [1],
    anything: null,
    xmin_: "x",
    _version_: "v",
    _version: "7",
    _raw: { unknown: [true] },
  });
});

test("each state comes back after its commit, token by token, with what became of the records", async () => {
  const state =
    '{"type":"state","state":{"seq":3,"scope":"stream","stream":"echoed","records":{"echoed":2},"data":{"at":9007199254740993,"x":1.10}}}\n';
  const input =
    catalogLine({ echoed: ITEM }) +
    recordLine("echoed", { id: "a" }, { version: 2 }) +
    recordLine("echoed", { id: "a" }, { version: 1 }) +
    state +
    completeLine("echoed", 2);
  const outcome = await write(input, ["--pipeline", "echoes"]);
  expect(outcome.messages[0]).toEqual({ type: "ready", ready: { epoch: 1, states: [] } });
  expect(outcome.text).toContain(
    '"data":{"at":9007199254740993,"x":1.10},"epoch":1,"committed":{"echoed":{"received":2,"written":1,"skipped":1,"deleted":0,"rejected":0}}}}',
  );
  const stored = await destinationPostgres(["checkpoint", "get", "--pipeline", "echoes"], {
    env: environment(database.url),
  });
  expect(stored.text).toBe(
    '{"type":"state","state":{"seq":3,"scope":"stream","stream":"echoed","epoch":1,"data":{"at":9007199254740993,"x":1.10}}}',
  );
});

test("a record that Postgres cannot store is rejected with a reason, and its neighbours are stored", async () => {
  const bad = [
    '{"id":"text","amount":"seven"}',
    '{"id":"nul\\u0000"}',
    '{"id":"big","amount":9223372036854775808}',
    '{"amount":1}',
  ];
  const good = Array.from({ length: 20 }, (_, index) =>
    recordLine("mixed", { id: `g${index}`, amount: index }, { version: 1 }),
  );
  const records = good.flatMap((line, index) => [
    line,
    ...(bad[index] === undefined ? [] : [recordLine("mixed", bad[index], { version: 1 })]),
  ]);
  const outcome = await write(catalogLine({ mixed: ITEM }) + records.join("") + completeLine("mixed", 24));
  expect(outcome.exitCode).toBe(0);
  expect(new Set(ofType(outcome, "rejected").map(({ key }) => key))).toEqual(new Set(["big", "text", null]));
  expect(outcome.stderr).toContain('4 records of "mixed" are rejected');
  expect(outcome.stderr).not.toContain("seven");
  expect(ofType(outcome, "stream_status")).toMatchObject([
    { committed: { mixed: { received: 24, written: 20, rejected: 4 } } },
  ]);
  expect(await query(database.url, "SELECT count(*)::int AS n FROM mixed")).toEqual([{ n: 20 }]);
});

test("more rejected records than max_rejects end the run with exit code 15", async () => {
  const input =
    catalogLine({ picky: ITEM }) +
    recordLine("picky", { id: "a", amount: "x" }) +
    recordLine("picky", { id: "b" }) +
    completeLine("picky", 2);
  expect(await write(input, ["--max-rejects", "0"])).toMatchObject({ exitCode: 15 });
  expect(await write(input, ["--on-reject", "fail"])).toMatchObject({ exitCode: 15 });
  expect(await query(database.url, "SELECT * FROM picky")).toEqual([]);
});

test("a record that is not JSON is the source's fault: exit code 13, its line named, nothing of its batch kept", async () => {
  const input =
    catalogLine({ broken: ITEM }) +
    recordLine("broken", { id: "a" }) +
    recordLine("broken", '{"id":"secret value","amount":nul}') +
    completeLine("broken", 2);
  const outcome = await write(input);
  expect(outcome).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("Line 3") });
  expect(outcome.stderr + outcome.text).not.toContain("secret value");
  expect(await query(database.url, "SELECT * FROM broken")).toEqual([]);
});

test("two objects where one record should be are not two rows", async () => {
  const input =
    catalogLine({ twins: ITEM }) +
    recordLine("twins", '{"id":"a"},"x":{"id":"b"}') +
    recordLine("twins", '{"id":"a"},{"id":"b"}') +
    completeLine("twins", 2);
  expect(await write(input)).toMatchObject({ exitCode: 13 });
  expect(await query(database.url, "SELECT * FROM twins")).toEqual([]);
});

test("a count that does not agree is found before the commit", async () => {
  const input =
    catalogLine({ counted: ITEM }) + recordLine("counted", { id: "a" }) + stateLine("counted", { seq: 1, records: 2 });
  const outcome = await write(input, ["--pipeline", "counted"]);
  expect(outcome).toMatchObject({ exitCode: 13, stderr: expect.stringContaining("2 records") });
  expect(ofType(outcome, "state")).toEqual([]);
  expect(await query(database.url, "SELECT * FROM counted")).toEqual([]);
});

test("an input that ends before a stream is complete keeps what a state covers and exits with 14", async () => {
  const input = catalogLine({ cut: ITEM }) + recordLine("cut", { id: "a" }) + stateLine("cut", { seq: 1, records: 1 });
  const outcome = await write(input, ["--pipeline", "cut"]);
  expect(outcome).toMatchObject({ exitCode: 14, stderr: expect.stringContaining("cut") });
  expect(ofType(outcome, "state")).toHaveLength(1);
});

test("records without a version are ordered by arrival, in later runs too", async () => {
  const run = (...records: string[]) =>
    write(catalogLine({ arrivals: ITEM }) + records.join("") + completeLine("arrivals", records.length));
  await run(
    recordLine("arrivals", { id: "a", amount: 1 }),
    recordLine("arrivals", { id: "a", amount: 2 }),
    recordLine("arrivals", { id: "b" }),
  );
  const rows = () =>
    query(database.url, "SELECT id, amount::int, _deleted_at IS NULL AS alive FROM arrivals ORDER BY id");
  expect(await rows()).toEqual([
    { id: "a", amount: 2, alive: true },
    { id: "b", amount: null, alive: true },
  ]);
  await run(recordLine("arrivals", { id: "a", amount: 1 }), recordLine("arrivals", { id: "b" }, { op: "delete" }));
  expect(await rows()).toEqual([
    { id: "a", amount: 1, alive: true },
    { id: "b", amount: null, alive: false },
  ]);
  await run(recordLine("arrivals", { id: "b" }));
  expect(await rows()).toMatchObject([{}, { id: "b", alive: true }]);
});

test("a new field of the catalog adds a column, at the start and in mid-stream", async () => {
  await write(catalogLine({ grown: ITEM }) + recordLine("grown", { id: "a" }) + completeLine("grown", 1));
  const wider = { ...ITEM, note: { type: "string" } };
  const widest = { ...wider, more: { type: "object" } };
  const input =
    catalogLine({ grown: wider }) +
    recordLine("grown", { id: "b", note: "n" }) +
    catalogLine({ grown: widest }) +
    recordLine("grown", { id: "c", more: { x: 1 } }) +
    completeLine("grown", 2);
  expect(await write(input)).toMatchObject({ exitCode: 0 });
  expect(await query(database.url, "SELECT id, note, more FROM grown ORDER BY id")).toEqual([
    { id: "a", note: null, more: null },
    { id: "b", note: "n", more: null },
    { id: "c", note: null, more: { x: 1 } },
  ]);
});

test("a column of another type is refused before anything is changed", async () => {
  await query(
    database.url,
    `CREATE TABLE typed_else (id text PRIMARY KEY, amount timestamptz);
     COMMENT ON TABLE typed_else IS 'Stream "typed_else", loaded by destination-postgres.'`,
  );
  const outcome = await write(catalogLine({ typed_else: ITEM, never_made: ITEM }));
  expect(outcome).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining('"amount" of "public"."typed_else" is timestamp'),
  });
  expect(await query(database.url, "SELECT to_regclass('never_made') AS made")).toEqual([{ made: null }]);
});

test("streams that cannot be merged are refused with what to do", async () => {
  const stream = { name: "keyless", json_schema: { type: "object" } };
  const catalog = (...streams: object[]) => JSON.stringify({ type: "catalog", catalog: { streams } }) + "\n";
  const merged = { stream, sync_mode: "full_refresh", destination_mode: "merge" };
  expect(await write(catalog(merged))).toMatchObject({ exitCode: 10, stderr: expect.stringContaining('"keyless"') });
  expect(await write(catalog({ ...stream, primary_key: ["id"] }))).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining('primary key "id"'),
  });
});

test("SIGTERM commits what states cover, echoes it, and exits with 143", async () => {
  const writer = startWrite(["--pipeline", "stopped"], environment(database.url));
  writer.stdin.write(
    catalogLine({ stopped: ITEM }) + recordLine("stopped", { id: "a" }) + stateLine("stopped", { seq: 1, records: 1 }),
  );
  await expect
    .poll(
      () => query(database.url, "SELECT to_regclass('stopped') IS NOT NULL AS made").then(([row]) => row?.["made"]),
      { timeout: 20_000 },
    )
    .toBe(true);
  await expect
    .poll(() => query(database.url, "SELECT count(*)::int AS n FROM stopped").then(([row]) => row?.["n"]), {
      timeout: 20_000,
    })
    .toBe(1);
  writer.kill("SIGTERM");
  const { exitCode, stdout } = await writer;
  expect(exitCode).toBe(143);
  expect(stdout).toContain('"seq":1');
});

test("a session that is ended while nothing arrives is replaced, and the run goes on", async () => {
  const writer = startWrite(["--pipeline", "cut_off"], environment(database.url));
  writer.stdin.write(
    catalogLine({ cut_off: ITEM }) + recordLine("cut_off", { id: "a" }) + stateLine("cut_off", { seq: 1, records: 1 }),
  );
  await expect
    .poll(
      () =>
        query(database.url, "SELECT count(*)::int AS n FROM _sluice.checkpoints WHERE pipeline_id = 'cut_off'").then(
          ([row]) => row?.["n"],
        ),
      { timeout: 20_000 },
    )
    .toBe(1);
  await query(
    database.url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'sluice %' AND datname = current_database()",
  );
  writer.stdin.end(recordLine("cut_off", { id: "b" }) + completeLine("cut_off", 2));
  expect((await writer).exitCode).toBe(0);
  expect(await query(database.url, "SELECT id FROM cut_off ORDER BY id")).toEqual([{ id: "a" }, { id: "b" }]);
});
