import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { docsPages, quoteCode } from "../scripts/quote-code.ts";

const root = join(import.meta.dirname, "..", "..");
const pages = (await docsPages()).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

test.each(pages)("the code in $path is that of the files it names; `npm run quote-code` copies it", ({ text }) => {
  expect(quoteCode(text)).toBe(text);
});

test.each(pages)("the links of $path lead somewhere", ({ path, text }) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  expect(links.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([]);
});

test("each promise of docs/protocol.md names a test that there is", () => {
  const [, table = ""] = readFileSync(join(root, "docs/protocol.md"), "utf8").split("## What tests hold it to\n");
  const rows = table
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
  const named = rows.map((row) =>
    /\| ([^|]+) \(`([^`]+\.test\.ts)`\) +\|$/
      .exec(row)
      ?.slice(1)
      .map((part) => part.trim()),
  );
  expect(named.length).toBeGreaterThan(15);
  const absent = named.filter(
    (test) => test === undefined || !readFileSync(join(root, test[1] ?? ""), "utf8").includes(`"${test[0]}`),
  );
  expect(absent).toEqual([]);
});
