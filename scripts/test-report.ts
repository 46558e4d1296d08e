import { existsSync, readFileSync } from "node:fs";

/** How a step ended: how many of its checks passed and failed, and what it printed. */
export interface Outcome {
  passed: number;
  failed: number;
  output: string;
}

interface Report {
  numPassedTests: number;
  numTotalTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

/**
 * Yields the counts of a vitest run from its JSON report. What did not run counts as failed: a skipped test, a file that
 * could not be loaded, a run that ended before its report or failed outside of any test.
 */
export function readReport(path: string, run: Pick<Outcome, "failed" | "output">): Outcome {
  if (!existsSync(path)) return { passed: 0, failed: 1, output: run.output };
  const { numPassedTests, numTotalTests, testResults }: Report = JSON.parse(readFileSync(path, "utf8"));
  const notLoaded = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.length,
  );
  const failed = numTotalTests - numPassedTests + notLoaded.length;
  return { passed: numPassedTests, failed: Math.max(failed, run.failed), output: run.output };
}
