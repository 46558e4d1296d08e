import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { readReport } from "./test-report.ts";

const run = promisify(execFile);

async function outcomeOf(files: Record<string, string>) {
  // Below the repository, or vitest would not be found from there.
  const folder = await mkdtemp(join(import.meta.dirname, "..", "node_modules", ".report-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const report = join(folder, "report.json");
  const args = ["run", "--root", folder, "--reporter=json", `--outputFile=${report}`];
  const failed = await run("vitest", args).then(
    () => 0,
    () => 1,
  );
  const { passed, failed: counted } = readReport(report, { failed, output: "" });
  return { passed, failed: counted };
}

const passing = 'import { test } from "vitest"; test("a", () => {}); test("b", () => {});';

test("each test is counted as passed or failed", async () => {
  const failing = 'import { test } from "vitest"; test("c", () => { throw new Error("no"); });';
  expect(await outcomeOf({ "a.test.js": passing, "b.test.js": failing })).toEqual({ passed: 2, failed: 1 });
});

test("a skipped test counts as failed", async () => {
  const skipping = 'import { test } from "vitest"; test.skip("c", () => {}); test.todo("d");';
  expect(await outcomeOf({ "a.test.js": passing, "b.test.js": skipping })).toEqual({ passed: 2, failed: 2 });
});

test("a test file that cannot be loaded counts as failed", async () => {
  expect(await outcomeOf({ "a.test.js": passing, "b.test.js": 'import "./missing.js";' })).toEqual({
    passed: 2,
    failed: 1,
  });
});

test("an error outside of any test counts as failed", async () => {
  const stray =
    'import { test } from "vitest"; test("c", () => { setTimeout(() => { throw new Error("late"); }); }); test("d", () => new Promise((done) => setTimeout(done, 50)));';
  expect(await outcomeOf({ "a.test.js": stray })).toEqual({ passed: 2, failed: 1 });
});

test("a run that ended before its report counts as one failure", () => {
  expect(readReport(join(tmpdir(), "missing.json"), { failed: 0, output: "killed" })).toEqual({
    passed: 0,
    failed: 1,
    output: "killed",
  });
});
