import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { destinationPostgres, environment } from "./fixtures/destination-process.ts";
import { catalogLine, completeLine, recordLine, stateLine } from "./fixtures/lines.ts";
import { configuredStream, writeLines } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const ITEM = { id: { type: "string" }, amount: { type: "integer" }, at: { type: "integer", format: "unix-time" } };

test("without whole objects, what has no column stays in _extra, digit by digit, and moves to its column when it gets one", async () => {
  const write = (properties: object, data: string, version: number) =>
    writeLines(database.url, recordLine("lean", data, { version }), {
      stream: configuredStream("lean", properties as Record<string, unknown>),
      raw: false,
    });
  await write(ITEM, '{"id":"a","amount":1,"rate":1.10,"more":{"deep":9007199254740993}}', 1);
  await write(ITEM, '{"id":"b","amount":2}', 2);
  expect(await query(database.url, "SELECT id, amount, _extra::text AS extra FROM lean ORDER BY id")).toEqual([
    { id: "a", amount: "1", extra: '{"more": {"deep": 9007199254740993}, "rate": 1.10}' },
    { id: "b", amount: "2", extra: null },
  ]);
  await write({ ...ITEM, rate: { type: "number" } }, '{"id":"c","rate":2}', 3);
  expect(await query(database.url, "SELECT id, rate::text FROM lean ORDER BY id")).toEqual([
    { id: "a", rate: "1.10" },
    { id: "b", rate: null },
    { id: "c", rate: "2" },
  ]);
});

test("a column that comes later has what it would have had from the beginning, and NULL for what it cannot hold", async () => {
  const columns = {
    at: { type: "string", format: "date-time" },
    whole: { type: "integer" },
    amount: { type: "number" },
    seconds: { type: "integer", format: "unix-time" },
  };
  const times = [
    "2024-01-31T10:00:00Z",
    "2024-02-29T10:00:00.123456+05:30",
    "2000-02-29",
    "12024-12-31 23:59",
    "0001-04-30",
  ];
  const noTimes = [
    "2024-05-00T00:00:00Z",
    "2023-02-29",
    "1900-02-29T00:00:00Z",
    "0000-05-01",
    "2024-04-31",
    "2024-13-01",
    "now",
  ];
  const wholes = [1_300_000_000_000_000_000n, 9223372036854775807n, -9223372036854775808n, '"12"', -7, "1e3"];
  const records = [
    ...[...times, ...noTimes].map((at) => `"at":"${at}"`),
    ...[...wholes, "9223372036854775808", "1.5", '"x"', "[1]"].map((whole) => `"whole":${whole}`),
    ...["1.10", '"2.50"', "1e400", '"NaN?"'].map((amount) => `"amount":${amount}`),
    ...["1732270000", "1732270000000", "9224318016000", "-210866803201"].map((seconds) => `"seconds":${seconds}`),
  ];
  const write = (name: string, properties: object, raw: boolean, data: string[]) =>
    writeLines(database.url, data.map((each) => recordLine(name, each, { version: 1 })).join(""), {
      stream: configuredStream(name, { id: { type: "integer" }, ...properties }),
      raw,
    });
  const lines = records.map((each, id) => `{"id":${id},${each}}`);
  await write("fresh", columns, true, lines);
  // some rows with whole objects, some without
  await write("later", {}, true, lines.slice(0, 9));
  await write("later", {}, false, lines.slice(9));
  await write("later", columns, false, []);
  const found = (name: string) =>
    query(
      database.url,
      `SELECT id, at, whole, amount, seconds FROM ${name} WHERE num_nonnulls(at, whole, amount, seconds) > 0 ORDER BY id`,
    );
  expect(await found("later")).toEqual(await found("fresh"));
  expect(await found("later")).toHaveLength(times.length + wholes.length + 3 + 2);
});

test("a table that is not ours stays as it is, in every mode", async () => {
  await query(
    database.url,
    `CREATE TABLE app_users (id text PRIMARY KEY, name text); INSERT INTO app_users VALUES ('1', 'Ada');
     CREATE TABLE _sluice_next_fresher (id int)`,
  );
  const refused = { code: "config", message: expect.stringContaining("table_prefix") };
  for (const mode of ["append", "merge", "overwrite", "history"] as const)
    await expect(
      writeLines(database.url, recordLine("app_users", { id: "2" }), {
        stream: configuredStream("app_users", ITEM, { mode }),
      }),
    ).rejects.toMatchObject(refused);
  const setup = await destinationPostgres(["setup", "--catalog", "-"], {
    env: environment(database.url),
    input: catalogLine({ app_users: ITEM }),
  });
  expect(setup).toMatchObject({ exitCode: 10 });
  expect(await query(database.url, "SELECT * FROM app_users")).toEqual([{ id: "1", name: "Ada" }]);
  const next = writeLines(database.url, "", { stream: configuredStream("fresher", ITEM, { mode: "overwrite" }) });
  await expect(next).rejects.toMatchObject(refused);
});

test("a table keeps its rows when whole objects are no longer kept, and no stale one stays", async () => {
  const write = (raw: boolean, amount: number) =>
    writeLines(database.url, recordLine("turned", { id: "a", amount, more: amount }, { version: amount }), {
      stream: configuredStream("turned", ITEM),
      raw,
    });
  await write(true, 1);
  await write(false, 2);
  expect(await query(database.url, "SELECT amount, _raw, _extra FROM turned")).toEqual([
    { amount: "2", _raw: null, _extra: { more: 2 } },
  ]);
});

test("seconds are times, or numbers with timestamps: epoch; a table is not changed from one to the other", async () => {
  const write = (name: string, timestamps: string) =>
    writeLines(database.url, recordLine(name, { id: "a", at: 1_732_270_000 }), {
      stream: configuredStream(name, ITEM),
      timestamps,
    });
  await write("timed", "timestamptz");
  await write("counted", "epoch");
  expect(await query(database.url, "SELECT extract(epoch FROM at)::bigint AS at FROM timed")).toEqual([
    { at: "1732270000" },
  ]);
  expect(await query(database.url, "SELECT at FROM counted")).toEqual([{ at: "1732270000" }]);
  await expect(write("timed", "epoch")).rejects.toMatchObject({ code: "config" });
  await expect(write("counted", "timestamptz")).rejects.toMatchObject({ code: "config" });
});

test("a table goes to the schema of its namespace, under its prefix", async () => {
  const settings = { schema: "of {namespace}", table_prefix: 'pre"' };
  for (const namespace of ["one", 'o"ther']) {
    const configured = configuredStream("placed", ITEM);
    const stream = { ...configured, stream: { ...configured.stream, namespace } };
    await writeLines(database.url, recordLine("placed", { id: namespace }), { stream, ...settings });
  }
  expect(await query(database.url, `SELECT id FROM "of one"."pre""placed"`)).toEqual([{ id: "one" }]);
  expect(await query(database.url, `SELECT id FROM "of o""ther"."pre""placed"`)).toEqual([{ id: 'o"ther' }]);
  const without = writeLines(database.url, "", { stream: configuredStream("placed", ITEM), ...settings });
  await expect(without).rejects.toMatchObject({ code: "config", message: expect.stringContaining("has no namespace") });
  const configured = configuredStream("placed", ITEM);
  const stream = { ...configured, stream: { ...configured.stream, namespace: "pg_catalog" } };
  const system = writeLines(database.url, "", { stream, schema: "{namespace}" });
  await expect(system).rejects.toMatchObject({ code: "config", message: expect.stringContaining("not for records") });
});

test("what only asks makes nothing, and a widening that a view stands in the way of is refused with its name", async () => {
  const env = environment(database.url, { DESTINATION_POSTGRES_CHECKPOINT_SCHEMA: "never_made" });
  const input = catalogLine({ asked: ITEM });
  for (const args of [
    ["teardown", "--catalog", "-", "--dry-run"],
    ["checkpoint", "get", "--pipeline", "p"],
  ])
    expect(await destinationPostgres(args, { env, input })).toMatchObject({ exitCode: 0 });
  expect(await query(database.url, "SELECT to_regnamespace('never_made') AS made")).toEqual([{ made: null }]);

  const write = (amount: object, data: object) =>
    writeLines(database.url, recordLine("seen_by", data, { version: 1 }), {
      stream: configuredStream("seen_by", { ...ITEM, amount }),
    });
  await write({ type: "integer" }, { id: "a", amount: 1 });
  await query(database.url, "CREATE VIEW of_amounts AS SELECT amount FROM seen_by");
  await expect(write({ type: "number" }, { id: "b", amount: 1.5 })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("view public.of_amounts"),
  });
  await query(database.url, "DROP VIEW of_amounts");
  await write({ type: "number" }, { id: "b", amount: 1.5 });
});

test("teardown removes what was made for the streams, and only that", async () => {
  const env = environment(database.url);
  const catalog = catalogLine({ torn: ITEM });
  const input = catalog + recordLine("torn", { id: "a" }) + stateLine("torn", { seq: 1 }) + completeLine("torn", 1);
  const teardown = (...args: string[]) =>
    destinationPostgres(["teardown", "--catalog", "-", ...args], { env, input: catalog });
  const exists = () => query(database.url, "SELECT to_regclass('torn') IS NOT NULL AS there");
  expect(await destinationPostgres(["write", "--pipeline", "torn"], { env, input })).toMatchObject({ exitCode: 0 });
  const planned = await teardown("--dry-run");
  expect(planned.text).toContain('DROP TABLE "public"."torn"');
  expect(await exists()).toEqual([{ there: true }]);
  await query(database.url, "CREATE VIEW leaning AS SELECT id FROM torn");
  expect(await teardown()).toMatchObject({ exitCode: 10, stderr: expect.stringContaining("something else depends") });
  await query(database.url, "DROP VIEW leaning");
  await query(database.url, "COMMENT ON TABLE torn IS 'mine'");
  expect(await teardown()).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining("does not say that it was made"),
  });
  expect(await exists()).toEqual([{ there: true }]);
  await query(database.url, `COMMENT ON TABLE torn IS 'Stream "torn", loaded by destination-postgres.'`);
  expect(await teardown()).toMatchObject({ exitCode: 0 });
  expect(await exists()).toEqual([{ there: false }]);
  // the states are forgotten when their pipeline is named
  const states = async () => (await destinationPostgres(["checkpoint", "get", "--pipeline", "torn"], { env })).messages;
  expect(await states()).toHaveLength(1);
  expect(await teardown("--pipeline", "torn")).toMatchObject({ exitCode: 0 });
  expect(await states()).toEqual([]);
});

test.each([
  ["integer", "2147483647", { type: "integer" }, "9007199254740993", ["2147483647", "9007199254740993"]],
  ["bigint", "9007199254740993", { type: "number" }, "1.10", ["9007199254740993", "1.10"]],
  ["real", "1.5", { type: "number" }, "1e30", ["1.5", "1000000000000000000000000000000"]],
  ["numeric", "0.5", { type: "integer" }, "7", ["0.5", "7"]],
  ["bigint", "12", { type: "string" }, '"twelve"', ["12", "twelve"]],
  ["boolean", "true", { type: "string" }, '"perhaps"', ["true", "perhaps"]],
  ["varchar(4)", "'four'", { type: "string" }, '"longer than that"', ["four", "longer than that"]],
  ["text", "'1.10'", {}, '{"a":1.10}', ['"1.10"', '{"a": 1.10}']],
  ["bigint", "7", {}, "[7]", ["7", "[7]"]],
  ["jsonb", `'{"a":1}'`, { type: "string" }, '"text"', ['{"a": 1}', '"text"']],
  ["timestamptz", "'2026-11-22T09:00:00Z'", { type: "string" }, '"later"', ["2026-11-22T09:00:00.000000Z", "later"]],
  ["boolean", "true", { type: "integer" }, "7", ["true", "7"]],
])("a column that is %s and holds %s takes values of %j without a loss", async (type, held, schema, value, both) => {
  const name = `widened ${type} ${JSON.stringify(schema)}`;
  await query(
    database.url,
    `CREATE TABLE "${name.replaceAll('"', '""')}" (id text PRIMARY KEY, value ${type}, _raw jsonb, _version bigint, _content_hash bigint,
       _deleted_version bigint, _deleted_at timestamptz, _synced_at timestamptz);
     INSERT INTO "${name.replaceAll('"', '""')}" (id, value, _version) VALUES ('a', ${held}, 1)`,
  );
  const line = JSON.stringify({ type: "record", record: { stream: name, op: "upsert", version: 1, data: 0 } });
  const { rejected } = await writeLines(database.url, line.replace('"data":0', `"data":{"id":"b","value":${value}}`), {
    stream: configuredStream(name, { id: { type: "string" }, value: schema }),
  });
  expect(rejected).toEqual([]);
  const rows = await query(database.url, `SELECT value::text FROM "${name.replaceAll('"', '""')}" ORDER BY id`);
  expect(rows.map((row) => row["value"])).toEqual(both);
});
