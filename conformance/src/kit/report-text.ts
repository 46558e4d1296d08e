import { badgeText, isFailure, type Report, type Result } from "./report.ts";

const MARKS: Record<Result["verdict"], string> = {
  passed: "✓",
  failed: "✗",
  exempt: "○",
  not_applicable: "–",
  broken: "!",
};
const MOST_PROBLEMS = 8;

/** Yields the line of a result, and below it what is wrong and what to do. */
export function resultText(result: Result): string {
  const { id, title, problems, notes, fix, verdict, level } = result;
  const reported = level === 3 && verdict === "failed" ? " (reported only)" : "";
  const head = `${MARKS[verdict]} ${id.padEnd(3)} ${title}${reported}`;
  const told = problems.slice(0, MOST_PROBLEMS).map((problem) => `      ${problem.replaceAll("\n", "\n      ")}`);
  const more = problems.length > MOST_PROBLEMS ? [`      and ${problems.length - MOST_PROBLEMS} more of the kind`] : [];
  const repair = isFailure(result)
    ? [`      → ${verdict === "broken" ? "This is a defect of the kit; please report it." : fix}`]
    : [];
  const aside = notes.map((note) => `      ${note}`);
  return [head, ...told, ...more, ...repair, ...aside, ""].join("\n");
}

/** Yields the end of a report for people. */
export function summaryText(report: Report): string {
  const count = (verdict: Result["verdict"]) => report.results.filter((result) => result.verdict === verdict).length;
  const failed = report.results.filter((result) => result.level < 3 && isFailure(result));
  const counts = `${count("passed")} passed, ${failed.length} failed, ${count("exempt")} exempt, ${count("not_applicable")} not applicable`;
  const again = failed.map(({ id }) => id).join(",");
  return [
    "",
    `${report.name}: ${badgeText(report)}`,
    `${counts}; ${report.seconds.toFixed(1)} s, seed ${report.seed}`,
    ...(report.unchecked.length === 0 ? [] : [`It claims what no check looks at: ${report.unchecked.join(", ")}.`]),
    ...(report.blanks === undefined ? [] : [`Rows were compared without null and empty texts: ${report.blanks}`]),
    ...(failed.length === 0 ? [] : [`To repeat what failed: --only ${again} --seed ${report.seed}`]),
    "",
  ].join("\n");
}
