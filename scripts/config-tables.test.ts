import { expect, test } from "vitest";
import { configPages } from "./config-tables.ts";

test("the tables of configuration fields are what the connectors' specs say", () => {
  const pages = configPages();
  expect(pages.map(({ path }) => path)).toContain("docs/connectors/destination-postgres.md");
  // to write them: node scripts/config-tables.ts
  for (const { text, current } of pages) expect(text).toBe(current);
});
