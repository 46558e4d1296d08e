import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ExitCode, exitCodeOf, FailureType, SluiceError } from "./failure.ts";

const page = join(import.meta.dirname, "..", "..", "docs", "errors.md");

/** Yields the cells of a table's rows, by the title of the section that it stands in. */
async function rowsOf(section: string): Promise<string[][]> {
  const text = await readFile(page, "utf8");
  const [, part = ""] = text.split(`## ${section}\n`);
  const rows = (part.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

test("docs/errors.md has a row for each failure type, with its exit code", async () => {
  const rows = await rowsOf("Failure types");
  expect(rows.map(([type, code]) => [type, Number(code)])).toEqual(
    FailureType.options.map((type) => [type, exitCodeOf(type)]),
  );
  for (const row of rows) expect(row.filter((cell) => cell === "")).toEqual([]);
});

test("docs/errors.md has a row for each exit code", async () => {
  const rows = await rowsOf("Exit codes");
  expect(rows.map(([code, name]) => [name, Number(code)])).toEqual(Object.entries(ExitCode));
  for (const row of rows) expect(row.filter((cell) => cell === "")).toEqual([]);
});

test("an error keeps its cause, and its exit code may be narrower than its type", () => {
  const cause = new Error("refused");
  expect(new SluiceError("transient", "x", { cause })).toMatchObject({ code: "transient", exitCode: 12, cause });
  expect(new SluiceError("transient", "x", { exitCode: ExitCode.locked })).toMatchObject({ exitCode: 16 });
});
