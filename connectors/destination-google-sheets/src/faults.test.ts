import { expect, test } from "vitest";
import { load } from "./fixtures/in-process.ts";
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
