import type { Fault } from "@sluice/google-sheets-emulator";
import { expect, test } from "vitest";
import { load, openLoading } from "./fixtures/in-process.ts";
import { configured, recordLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";
import { loadWithFault, loadWithKill, PASSING_FAULTS } from "./fixtures/faulted-load.ts";

// Every fault at every request is for `npm run soak -- destination-google-sheets`; here every second request meets one.
const { requests, result } = await loadWithFault();

test("whatever passes at any request, an error, a cut connection, a token that expires, leaves the same sheet", async () => {
  const cases = Array.from({ length: Math.floor(requests / 2) }, (_, index) => ({
    ...PASSING_FAULTS[index % PASSING_FAULTS.length],
    afterRequests: index * 2,
  }));
  const loaded = await Promise.all(cases.map((fault) => loadWithFault(fault)));
  for (const [index, fault] of cases.entries())
    expect({ fault, result: loaded[index]?.result }).toEqual({ fault, result });
  expect(requests).toBeGreaterThan(20);
});

test("rows and columns that are added, and are not known to be, are added once", async () => {
  await using emulator = await startTestEmulator();
  const name = "x".repeat(1000);
  // more rows than a new tab has, a property that the schema does not tell of, and a state that needs more cells
  const lines = Array.from({ length: 120 }, (_, index) =>
    recordLine("names", { id: String(index), name, more: index }),
  );
  const state = { seq: 0, scope: "stream", stream: "names", data: { long: "x".repeat(300_000) } };
  const grown = async (fault?: Fault) => {
    const { config, id } = addSpreadsheet(emulator);
    const settings = { ...config, checkpoint_interval_ms: 60_000 };
    const loading = await openLoading({ config: settings, streams: [configured("names")], pipelineId: "p" });
    const isChange = ({ path }: { path: string }) => path === `/v4/spreadsheets/${id}:batchUpdate`;
    const before = emulator.requests().filter(isChange).length;
    if (fault !== undefined) emulator.addFault({ ...fault, path: `${id}:batchUpdate`, times: 1 });
    await loading.feed([...lines, JSON.stringify({ type: "state", state })]);
    await loading.receiver.end();
    const changes = emulator.requests().filter(isChange).length - before;
    const sheets = emulator
      .read(id)
      .sheets.map(({ properties: { title, gridProperties } }) => ({ title, gridProperties }));
    return { changes, sheets, rows: emulator.values(id, "names!B1:D121") };
  };
  const { changes, ...expected } = await grown();
  expect(changes).toBe(3);
  const faults = Array.from({ length: changes }, (_, afterRequests): Fault[] => [
    { when: "after", status: 503, afterRequests },
    { when: "before", reset: true, afterRequests },
  ]).flat();
  const found = await Promise.all(faults.map((fault) => grown(fault)));
  for (const [index, fault] of faults.entries())
    expect({ fault, ...found[index] }).toMatchObject({ fault, ...expected });
});

test("a token that is asked for and never given is asked for again", async () => {
  await using emulator = await startTestEmulator();
  const { config, table } = addSpreadsheet(emulator);
  emulator.addFault({ path: "/token", times: 1, hang: true });
  await load({ config: { ...config, max_retry_ms: 1 }, streams: [configured("names")] }, [
    recordLine("names", { id: "1", name: "Ada" }),
  ]);
  expect(table("names")).toEqual([
    ["id", "name"],
    ["1", "Ada"],
  ]);
});

test("kill -9 in the middle of a request, and a run behind it, give the same sheet", async () => {
  for (const [index, when] of (["before", "after", "after"] as const).entries()) {
    const fault = { afterRequests: Math.floor((requests * (index + 1)) / 4), when };
    expect({ fault, result: (await loadWithKill(fault)).result }).toEqual({ fault, result });
  }
});
