import { ConfiguredStream } from "@sluice/protocol";
import { afterAll, expect, test } from "vitest";
import { checkpoints } from "./checkpoints.ts";
import { Config } from "./config.ts";
import { runDestination } from "./fixtures/destination-process.ts";
import { load, openLoading } from "./fixtures/in-process.ts";
import { catalogLine, completeLine, configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const streams = [configured("log", { key: [], mode: "append" })];
const entry = (id: number) => recordLine("log", { id: String(id) });
const from = (epoch: number, seq: number) => [{ scope: "stream" as const, stream: "log", epoch, seq }];

test("each record is a row, the same one twice too, and deletes are rows as well", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const lines = [entry(1), entry(1), recordLine("log", { id: "1" }, { op: "delete" }), completeLine("log")];
  const { echoes } = await load({ config, streams }, lines);
  await load({ config, streams }, [entry(2)]);
  expect(table("log")).toEqual([["id", "name"], ["1"], ["1"], ["1"], ["2"]]);
  expect(echoes[0]?.counts["log"]).toEqual({ received: 3, written: 2, skipped: 0, deleted: 1, rejected: 0 });
});

test("rows that no state covered are removed before their records come again, even if others come", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const options = { config: { ...config, max_batch_bytes: 1024, checkpoint_interval_ms: 0 }, streams, pipelineId: "p" };
  const dying = await openLoading(options);
  await dying.feed([entry(1), entry(2), stateLine(0, { stream: "log" })]);
  await expect.poll(() => dying.echoes.length).toBe(1);
  await dying.feed([entry(3), entry(4), entry(5)]);
  await expect.poll(() => table("log").length).toBe(6);
  await dying.receiver.abort();
  await load({ ...options, resumedFrom: from(1, 0) }, [entry(30), stateLine(1, { stream: "log" })]);
  expect(table("log")).toEqual([["id", "name"], ["1"], ["2"], ["30"]]);
});

test("a run that died before its first state leaves nothing behind", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const options = { config: { ...config, checkpoint_interval_ms: 0 }, streams, pipelineId: "p" };
  await load({ ...options, pipelineId: "other" }, [entry(0), completeLine("log")]);
  const dying = await openLoading(options);
  await dying.feed([entry(1), entry(2)]);
  await expect.poll(() => table("log").length).toBe(4);
  await dying.receiver.abort();
  await load(options, [entry(10), completeLine("log")]);
  expect(table("log")).toEqual([["id", "name"], ["0"], ["10"]]);
  // without states a complete stream is committed, and another refresh is appended to it
  await load(options, [entry(11), completeLine("log")]);
  expect(table("log")).toEqual([["id", "name"], ["0"], ["10"], ["11"]]);
});

test("a schema that changes in the middle of a run leaves the rows that no state covers yet", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const loading = await openLoading({
    config: { ...config, checkpoint_interval_ms: 60_000 },
    streams,
    pipelineId: "p",
  });
  await loading.feed([entry(1), entry(2)]);
  const properties = { id: { type: "string" }, name: { type: "string" }, more: { type: "string" } };
  await loading.receiver.schema?.([ConfiguredStream.parse(configured("log", { key: [], mode: "append", properties }))]);
  await loading.feed([recordLine("log", { id: "3", more: "x" }), stateLine(0, { stream: "log" }), completeLine("log")]);
  await loading.receiver.end();
  expect(table("log")).toEqual([["id", "name", "more"], ["1"], ["2"], ["3", "", "x"]]);
  expect(loading.echoes.at(-1)?.counts["log"]).toMatchObject({ received: 3, written: 3 });
});

test("a person who sorts and inserts between runs changes nothing of which rows are committed", async () => {
  const { config, id, table } = addSpreadsheet(emulator);
  const options = { config: { ...config, checkpoint_interval_ms: 0 }, streams, pipelineId: "p" };
  await load(options, [entry(1), entry(2), stateLine(0, { stream: "log" })]);
  const dying = await openLoading({ ...options, resumedFrom: from(1, 0) });
  await dying.feed([entry(3)]);
  await expect.poll(() => table("log").length).toBe(4);
  await dying.receiver.abort();
  const sheetId = emulator.read(id).sheets.find(({ properties }) => properties.title === "log")?.properties.sheetId;
  emulator.act(id, [
    {
      sortRange: {
        range: { sheetId, startRowIndex: 1, endRowIndex: 4 },
        sortSpecs: [{ dimensionIndex: 1, sortOrder: "DESCENDING" }],
      },
    },
    { insertDimension: { range: { sheetId, dimension: "ROWS", startIndex: 1, endIndex: 2 } } },
  ]);
  await load({ ...options, resumedFrom: from(1, 0) }, [entry(4), stateLine(0, { stream: "log" })]);
  expect(
    table("log")
      .flat()
      .filter((cell) => cell !== "")
      .toSorted((one, other) => String(one).localeCompare(String(other))),
  ).toEqual(["1", "2", "4", "id", "name"]);
});

test("a source that does not continue from the committed state is refused before anything is written", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const lines = [catalogLine(streams), entry(1), stateLine(0, { stream: "log" }), completeLine("log")];
  const first = await runDestination(["write", "--pipeline", "p"], { config, input: lines });
  expect(first.messages[0]).toEqual({ type: "ready", ready: { epoch: 1, states: [] } });
  expect(Object(first.messages[1])["state"]).toMatchObject({ epoch: 1, seq: 0 });
  const second = await runDestination(["write", "--pipeline", "p"], { config, input: lines });
  expect(second.exitCode).toBe(10);
  expect(second.stderr).toContain("appended twice");
  expect(table("log")).toEqual([["id", "name"], ["1"]]);
  const resumed = catalogLine(streams, { resumed_from: from(1, 0) });
  const third = await runDestination(["write", "--pipeline", "p"], {
    config,
    input: [resumed, entry(2), completeLine("log")],
  });
  expect(third.exitCode).toBe(0);
  expect(table("log")).toEqual([["id", "name"], ["1"], ["2"]]);
  expect(await checkpoints.get(Config.parse(config), "p")).toEqual([
    '{"type":"state","state":{"seq":0,"scope":"stream","stream":"log","epoch":1,"data":{"seq":0}}}',
  ]);
});
