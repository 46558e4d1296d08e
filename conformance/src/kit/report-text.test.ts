import { expect, test } from "vitest";
import { junitXml } from "./junit.ts";
import { resultText } from "./report-text.ts";
import { reportOf, type Result } from "./report.ts";

test("what a check that passed has noted is told to people and to programs", () => {
  const measured: Result = {
    id: "T1",
    level: 3,
    title: "speed is measured",
    fix: "Look.",
    verdict: "passed",
    problems: [],
    notes: ["12 rows/s & more."],
    seconds: 1,
  };
  expect(resultText(measured)).toBe("✓ T1  speed is measured\n      12 rows/s & more.\n");
  const report = reportOf({
    name: "source-x",
    kind: "source",
    seed: 1,
    results: [measured],
    checksInAll: 1,
    unchecked: [],
    seconds: 1,
  });
  expect(junitXml(report)).toContain("<system-out>12 rows/s &amp; more.</system-out></testcase>");
  expect(report.badge).toBe(null);
});
