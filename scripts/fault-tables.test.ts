import { expect, test } from "vitest";
import { faultPage } from "./fault-tables.ts";

test("the tables of faults are what the programs list", async () => {
  const { text, current } = await faultPage();
  // to write them: node scripts/fault-tables.ts
  expect(text).toBe(current);
});
