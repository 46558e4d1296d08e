import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { auditTree } from "./audit.ts";
import { readReport, type Outcome } from "./test-report.ts";

// Everything that must hold before a commit, in one command. The last line is for machines: `N passed, N failed`.
const root = join(import.meta.dirname, "..");
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

interface Step {
  name: string;
  run: () => Outcome | Promise<Outcome>;
}

/** What needs nothing of each other runs at the same time. */
const stages: Step[][] = [
  [{ name: "build", run: () => command("npm", ["run", "--silent", "build"]) }],
  [
    { name: "formatting (prettier)", run: () => command("prettier", ["--check", "."]) },
    { name: "lint (oxlint)", run: () => command("oxlint", ["--type-aware", "--deny-warnings"]) },
    { name: "types (tsc)", run: () => command("tsc", ["-p", "tsconfig.json"]) },
    { name: "types of the page (tsc)", run: () => command("tsc", ["-p", "web/tsconfig.json"]) },
    { name: "types of the page's tests (tsc)", run: () => command("tsc", ["-p", "web/browser/tsconfig.json"]) },
    { name: "nothing unused (knip)", run: () => command("knip", ["--no-progress"]) },
    { name: "directions, files and lock file (audit)", run: audit },
  ],
  [{ name: "tests (vitest)", run: tests }],
];

const total = { passed: 0, failed: 0 };
for (const stage of stages) {
  const outcomes = stage.map(async ({ name, run }) => ({ name, ...(await run()) }));
  for (const { name, passed, failed, output } of await Promise.all(outcomes)) {
    total.passed += passed;
    total.failed += failed;
    console.log(`${failed === 0 ? "✓" : "✗"} ${name}`);
    if (failed > 0) console.log(output);
  }
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function command(name: string, args: readonly string[]): Promise<Outcome> {
  const done = await execa(name, args, { cwd: root, all: true, reject: false, maxBuffer: MAX_OUTPUT_BYTES });
  const output = done.exitCode === undefined ? `${name} did not run: ${done.shortMessage}` : done.all;
  return done.exitCode === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
}

function audit(): Outcome {
  const output = auditTree(root).map(({ rule, path, message }) => `${path}: ${message} (${rule})`);
  return { passed: output.length === 0 ? 1 : 0, failed: output.length, output: output.join("\n") };
}

async function tests(): Promise<Outcome> {
  console.log("… tests (vitest), for a quarter of an hour on two cores");
  const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
  try {
    const report = join(folder, "report.json");
    const { failed, output } = await command("vitest", [
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile=${report}`,
    ]);
    return readReport(report, { failed, output });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
