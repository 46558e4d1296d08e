import { afterAll, expect, test } from "vitest";
import { addSpreadsheet, startTestEmulator, type TestSpreadsheet } from "./fixtures/spreadsheet.ts";
import { everything, loadAll, loadFirst } from "./fixtures/three-modes.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

/** A file that was loaded once, so that there is something to lose. */
async function loadedOnce(): Promise<TestSpreadsheet> {
  const spreadsheet = addSpreadsheet(emulator);
  await loadFirst(spreadsheet);
  return spreadsheet;
}

const undisturbed = await loadedOnce();
const REQUESTS = await loadAll(undisturbed, 2);
const RESULT = everything(undisturbed);

// what is so before a request is carried out is so after the one before it, but for the first
const DEATHS = Array.from({ length: REQUESTS }, (_, afterRequests) => ({ afterRequests, when: "after" as const }));

test("a load that dies at any of its requests, and one more, give the same sheet", async () => {
  expect(REQUESTS).toBeGreaterThan(20);
  for (const death of [{ afterRequests: 0, when: "before" as const }, ...DEATHS]) {
    const spreadsheet = await loadedOnce();
    await loadAll(spreadsheet, 2, { fault: { ...death, times: 1, hang: true }, isFatal: true });
    await loadAll(spreadsheet, 2);
    expect({ death, ...everything(spreadsheet) }).toEqual({ death, ...RESULT });
  }
});
