import { badgeText, isFailure, type Report, type Result } from "./report.ts";

/** Yields a report as the XML that continuous integration reads: a case a check. */
export function junitXml(report: Report): string {
  const { results, name, seconds, seed } = report;
  const failures = results.filter((result) => result.level < 3 && isFailure(result)).length;
  const skipped = results.filter(({ verdict }) => verdict === "exempt" || verdict === "not_applicable").length;
  const suite = `tests="${results.length}" failures="${failures}" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${suite}>`,
    `<testsuite name="${escaped(name)}" ${suite}>`,
    `<properties><property name="badge" value="${escaped(badgeText(report))}"/><property name="seed" value="${seed}"/></properties>`,
    ...results.map((result) => testCase(name, result)),
    "</testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(name: string, result: Result): string {
  const { id, title, seconds, verdict, problems, notes, fix, level } = result;
  const head = `<testcase classname="${escaped(name)}" name="${escaped(`${id} ${title}`)}" time="${seconds.toFixed(3)}"`;
  if (isFailure(result) && level < 3) {
    return `${head}><failure message="${escaped(problems[0] ?? "")}">${escaped([...problems, fix].join("\n"))}</failure></testcase>`;
  }
  if (verdict === "exempt" || verdict === "not_applicable") {
    return `${head}><skipped message="${escaped(notes[0] ?? "")}"/></testcase>`;
  }
  return notes.length === 0 ? `${head}/>` : `${head}><system-out>${escaped(notes.join("\n"))}</system-out></testcase>`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  // what XML 1.0 has no place for, escaped or not
  const allowed = text.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "�");
  return allowed.replaceAll(/[&<>"]/g, (letter) => ESCAPES[letter] ?? letter);
}
