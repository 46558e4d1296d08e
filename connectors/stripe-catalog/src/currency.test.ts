import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateFiles } from "../scripts/catalog-text.ts";
import { catalogVersion, readCatalog } from "./index.ts";

test("the generated files are those that the installed stripe package gives", () => {
  for (const [name, text] of Object.entries(generateFiles())) {
    const committed = readFileSync(new URL(`./generated/${name}`, import.meta.url), "utf8");
    // compared as a boolean: the difference of two such files is no message for a person
    expect(committed === text, `${name} is out of date: run npm run generate -w @sluice/stripe-catalog`).toBe(true);
  }
});

test("the version that is importable alone is the catalog's", () => {
  expect(readCatalog().api_version).toBe(catalogVersion);
});
