import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { runDestination, startDestination } from "./fixtures/destination-process.ts";
import { load, openLoading } from "./fixtures/in-process.ts";
import { catalogLine, completeLine, configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const streams = [configured("customers")];
const customer = (id: string, name = "x") => recordLine("customers", { id, name });

test("states are kept token by token, however long, and got, replaced and forgotten by the checkpoint verbs", async () => {
  const { config } = addSpreadsheet(emulator);
  const data = `{"n":9007199254740993,"u":"\u2028😀","long":"${"😀".repeat(60_000)}"}`;
  const state = `{"type":"state","state":{"seq":0,"scope":"stream","stream":"customers","data":${data}}}`;
  await load({ config, streams, pipelineId: "p" }, [customer("a"), state, stateLine(1)]);
  const get = async () => (await runDestination(["checkpoint", "get", "--pipeline", "p"], { config })).stdout;
  const kept = await get();
  expect(kept.split("\n").filter((line) => line !== "")).toEqual([
    `{"type":"state","state":{"seq":0,"scope":"stream","stream":"customers","epoch":1,"data":${data}}}`,
    '{"type":"state","state":{"seq":1,"scope":"global","epoch":1,"data":{"seq":1}}}',
  ]);
  const clear = await runDestination(["checkpoint", "clear", "--pipeline", "p"], { config });
  expect([clear.exitCode, await get()]).toEqual([0, ""]);
  const folder = await mkdtemp(join(tmpdir(), "destination-google-sheets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "states.ndjson"), kept);
  const set = ["checkpoint", "set", "--pipeline", "p", "--state", join(folder, "states.ndjson")];
  expect((await runDestination(set, { config })).exitCode).toBe(0);
  expect(await get()).toBe(kept.replaceAll('"epoch":1', '"epoch":3'));
});

test("an older write of the pipeline that is still alive writes nothing any more and ends with 13", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const settings = { ...config, checkpoint_interval_ms: 60_000 };
  const older = startDestination(["write", "--pipeline", "p"], { config: settings });
  older.stdin.write([catalogLine(streams), customer("a", "old"), customer("z", "old")].join(""));
  for await (const chunk of older.stdout) if (String(chunk).includes('"ready"')) break;
  await load({ config, streams, pipelineId: "p" }, [customer("a", "new"), completeLine("customers")]);
  older.stdin.end(completeLine("customers"));
  const { exitCode, stderr } = await older;
  expect(String(stderr)).toContain("has taken over");
  expect(exitCode).toBe(13);
  expect(table("customers")).toEqual([
    ["id", "name"],
    ["a", "new"],
  ]);
});

test("a write that is fenced between its look and its write is refused by Google itself", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const options = { config: { ...config, checkpoint_interval_ms: 60_000 }, streams, pipelineId: "p" };
  const older = await openLoading(options);
  await older.feed([customer("a", "old")]);
  emulator.addFault({ path: "values:batchUpdate", times: 1, status: 503 });
  emulator.clearRequests();
  // while it waits to try again, another one takes over
  const ending = older.receiver.end();
  await expect.poll(() => emulator.requests().filter(({ path }) => path.endsWith("values:batchUpdate")).length).toBe(1);
  const newer = await openLoading({ ...options, resumedFrom: [] });
  await expect(ending).rejects.toThrow("has taken over");
  await newer.receiver.end();
  expect(table("customers")).toEqual([["id", "name"]]);
});

test("SIGTERM commits what came and echoes its state", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const child = startDestination(["write", "--pipeline", "p"], {
    config: { ...config, checkpoint_interval_ms: 60_000 },
  });
  const running = '{"type":"stream_status","stream_status":{"stream":"customers","status":"running"}}\n';
  const state = stateLine(0, { stream: "customers" });
  child.stdin.write([catalogLine(streams), customer("a"), state, customer("b"), running].join(""));
  let output = "";
  for await (const chunk of child.stdout) {
    // it is passed on once everything before it was taken
    if (!output.includes('"running"') && (output + String(chunk)).includes('"running"')) child.kill("SIGTERM");
    output += String(chunk);
  }
  expect((await child).exitCode).toBe(143);
  expect(output).toContain('"seq":0');
  expect(table("customers")).toEqual([
    ["id", "name"],
    ["a", "x"],
    ["b", "x"],
  ]);
});

test("a source that continues from what was never committed here is refused, and one without its tab, too", async () => {
  const { config, id } = addSpreadsheet(emulator);
  const from = (seq: number) => [{ scope: "stream" as const, stream: "customers", epoch: 1, seq }];
  await load({ config, streams, pipelineId: "p" }, [customer("a"), stateLine(0, { stream: "customers" })]);
  const options = { config, streams, pipelineId: "p" };
  await expect(openLoading({ ...options, resumedFrom: from(1) })).rejects.toThrow("newer than what is committed");
  const tab = emulator.read(id).sheets.find(({ properties }) => properties.title === "customers");
  emulator.act(id, [{ deleteSheet: { sheetId: tab?.properties.sheetId } }]);
  await expect(openLoading({ ...options, resumedFrom: from(0) })).rejects.toThrow("whose tab is gone");
  await (await openLoading(options)).receiver.end();
});
