import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { destinationPostgres, environment, startWrite } from "./fixtures/destination-process.ts";
import { catalogLine, completeLine, recordLine, stateLine } from "./fixtures/lines.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const ITEM = { id: { type: "string" } };
const env = environment(database.url);

function load(stream: string, args: string[], resumedFrom?: object[]) {
  const input =
    catalogLine({ [stream]: ITEM }, resumedFrom === undefined ? {} : { resumed_from: resumedFrom }) +
    recordLine(stream, { id: "a" }, { version: 1 }) +
    stateLine(stream, { seq: 1, records: 1, data: { cursor: "a" } }) +
    completeLine(stream, 1);
  return destinationPostgres(["write", ...args], { input, env });
}

test("what get prints, set takes; clear forgets; another pipeline is not touched", async () => {
  await load("one", ["--pipeline", "p1"]);
  await load("one", ["--pipeline", "p2"]);
  const { text } = await destinationPostgres(["checkpoint", "get", "--pipeline", "p1"], { env });
  expect(JSON.parse(text)).toMatchObject({ state: { seq: 1, stream: "one", epoch: 1, data: { cursor: "a" } } });
  expect(await destinationPostgres(["checkpoint", "clear", "--pipeline", "p1"], { env })).toMatchObject({
    exitCode: 0,
  });
  expect(await destinationPostgres(["checkpoint", "get", "--pipeline", "p1"], { env })).toMatchObject({ text: "" });
  expect(
    await destinationPostgres(["checkpoint", "set", "--pipeline", "p1", "--state", "-"], { env, input: text }),
  ).toMatchObject({ exitCode: 0 });
  const again = await destinationPostgres(["checkpoint", "get", "--pipeline", "p1"], { env });
  expect(JSON.parse(again.text)).toMatchObject({ state: { seq: 1, stream: "one", epoch: 3, data: { cursor: "a" } } });
  expect((await destinationPostgres(["checkpoint", "get", "--pipeline", "p2"], { env })).messages).toHaveLength(1);
});

test("a run keeps others out while it writes, takes over from itself at once, and lets them in when it has ended", async () => {
  const first = startWrite(["--pipeline", "leased", "--run-id", "one"], env);
  first.stdin.write(catalogLine({ leased: ITEM }) + recordLine("leased", { id: "a" }, { version: 1 }));
  await expect
    .poll(() => query(database.url, "SELECT to_regclass('leased') AS made"), { timeout: 20_000 })
    .toEqual([{ made: "leased" }]);
  const other = await load("leased", ["--pipeline", "leased", "--run-id", "two"]);
  expect(other).toMatchObject({ exitCode: 16, stderr: expect.stringContaining('held by the run "one"') });
  expect(await load("leased", ["--pipeline", "leased", "--run-id", "one"])).toMatchObject({ exitCode: 0 });
  first.stdin.end(completeLine("leased", 1));
  expect((await first).exitCode).toBe(13);
  expect(await load("leased", ["--pipeline", "leased", "--run-id", "two"])).toMatchObject({ exitCode: 0 });
});

test("a writer that is frozen in the middle of a run does not keep the next one from writing", async () => {
  const first = startWrite(["--pipeline", "iced"], env);
  first.stdin.write(catalogLine({ iced: ITEM }) + recordLine("iced", { id: "a" }, { version: 1 }));
  await expect
    .poll(() => query(database.url, "SELECT 1 FROM iced").catch(() => []), { timeout: 20_000 })
    .toHaveLength(1);
  first.kill("SIGSTOP");
  expect(await load("iced", ["--pipeline", "iced"])).toMatchObject({ exitCode: 0 });
  first.stdin.end(recordLine("iced", { id: "zombie" }, { version: 9 }) + completeLine("iced", 2));
  first.kill("SIGCONT");
  expect((await first).exitCode).not.toBe(0);
  expect(await query(database.url, "SELECT id FROM iced")).toEqual([{ id: "a" }]);
});

test("history prints the states of the past, which set takes", async () => {
  await load("past", ["--pipeline", "past"]);
  await load("past", ["--pipeline", "past"]);
  const { messages } = await destinationPostgres(["checkpoint", "history", "--pipeline", "past"], { env });
  expect(messages).toMatchObject([{ state: { epoch: 1, seq: 1 } }, { state: { epoch: 2, seq: 1 } }]);
  const set = ["checkpoint", "set", "--pipeline", "past", "--state", "-"];
  expect(await destinationPostgres(set, { env, input: JSON.stringify(messages[0]) })).toMatchObject({ exitCode: 0 });
});

test("a pipeline that is not named is a clear error", async () => {
  const { exitCode, stderr } = await destinationPostgres(["checkpoint", "get"], { env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 10, stderr: expect.stringContaining("SLUICE_PIPELINE") });
});

test.each([
  ["a state", stateLine("fenced", { seq: 2, records: 2 })],
  ["no state", ""],
])("a writer whose pipeline was taken over commits nothing more, with %s, and exits with 13", async (_, state) => {
  const pipeline = `fenced ${state.length}`;
  const newest = () =>
    query(database.url, "SELECT epoch::int, seq::int FROM _sluice.checkpoints WHERE pipeline_id = $1", [pipeline]);
  const first = startWrite(["--pipeline", pipeline], env);
  first.stdin.write(
    catalogLine({ fenced: ITEM }) +
      recordLine("fenced", { id: "a" }, { version: 1 }) +
      stateLine("fenced", { seq: 1, records: 1 }),
  );
  await expect.poll(newest, { timeout: 20_000 }).toEqual([{ epoch: 1, seq: 1 }]);
  await load("fenced", ["--pipeline", pipeline]);
  first.stdin.end(recordLine("fenced", { id: "zombie" }, { version: 9 }) + state + completeLine("fenced", 2));
  const { exitCode, stderr } = await first;
  expect({ exitCode, stderr }).toEqual({ exitCode: 13, stderr: expect.stringContaining("fenced") });
  expect(await query(database.url, "SELECT id FROM fenced")).toEqual([{ id: "a" }]);
  expect(await newest()).toEqual([{ epoch: 2, seq: 1 }]);
});

test("a source that continued from a state that was never committed here is refused; an older one is not", async () => {
  await load("resumed", ["--pipeline", "resumed"]);
  const newer = await load(
    "resumed",
    ["--pipeline", "resumed"],
    [{ scope: "stream", stream: "resumed", epoch: 1, seq: 2 }],
  );
  expect(newer).toMatchObject({ exitCode: 10, stderr: expect.stringContaining("checkpoint get") });
  expect(
    await load("resumed", ["--pipeline", "resumed"], [{ scope: "stream", stream: "resumed", epoch: 1, seq: 1 }]),
  ).toMatchObject({ exitCode: 0 });
  expect(await load("resumed", ["--pipeline", "resumed"], [])).toMatchObject({ exitCode: 0 });
  expect(
    await load("resumed", ["--pipeline", "empty"], [{ scope: "stream", stream: "resumed", seq: 1 }]),
  ).toMatchObject({ exitCode: 10 });
});

test("the checkpoint and the rows share a transaction: with a checkpoint that cannot be written no row is kept", async () => {
  await load("atomic", ["--pipeline", "atomic"]);
  await query(database.url, "TRUNCATE atomic");
  await query(
    database.url,
    "ALTER TABLE _sluice.checkpoints ADD CONSTRAINT no_more CHECK (stream <> 'atomic') NOT VALID",
  );
  const outcome = await load("atomic", ["--pipeline", "atomic"]);
  await query(database.url, "ALTER TABLE _sluice.checkpoints DROP CONSTRAINT no_more");
  expect(outcome.exitCode).not.toBe(0);
  expect(outcome.messages.filter(({ type }) => type === "state")).toEqual([]);
  expect(await query(database.url, "SELECT * FROM atomic")).toEqual([]);
});
