import { expect, test } from "vitest";
import { checkPage } from "./check-table.ts";

test("the table of checks is what the kit lists", async () => {
  const { text, current } = await checkPage();
  // to write it: node scripts/check-table.ts
  expect(text).toBe(current);
});
