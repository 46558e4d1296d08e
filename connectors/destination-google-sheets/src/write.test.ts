import { afterAll, expect, test } from "vitest";
import { runDestination } from "./fixtures/destination-process.ts";
import { catalogLine, completeLine, configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

test("records become rows of a tab, the newest by version, and a state is echoed with what became of them", async () => {
  const { config, table, titles } = addSpreadsheet(emulator);
  const run = await runDestination(["write"], {
    config,
    input: [
      catalogLine([configured("customers")]),
      recordLine("customers", { id: "b", name: "Bea" }, { version: 2 }),
      recordLine("customers", { id: "a", name: "Ada" }, { version: 5 }),
      recordLine("customers", { id: "a", name: "old" }, { version: 4 }),
      stateLine(0, { stream: "customers" }),
      recordLine("customers", { id: "b" }, { version: 3, op: "delete" }),
      recordLine("customers", { name: "nobody" }),
      completeLine("customers"),
    ],
  });
  expect(run.stderr).toBe("");
  expect(run.exitCode).toBe(0);
  expect(table("customers")).toEqual([["id", "name"], [], ["a", "Ada"]]);
  expect(titles()).toEqual(["Sluice", "Sheet1", "customers"]);
});
