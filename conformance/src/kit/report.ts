import type { Kind, Level } from "./check.ts";

/** `broken` is a defect of the kit itself; it counts as a failure. */
export type Verdict = "passed" | "failed" | "exempt" | "not_applicable" | "broken";

/** What one check found. */
export type Result = {
  id: string;
  level: Level;
  title: string;
  fix: string;
  verdict: Verdict;
  problems: string[];
  notes: string[];
  seconds: number;
};

/**
 * What the checks found. `badge` is 0 where something that must hold does not, null where only some of the checks were run,
 * which is no ground for one, else the level that is reached.
 */
export type Report = {
  name: string;
  kind: Kind | "runner";
  seed: number;
  badge: 0 | 1 | 2 | null;
  /** How many checks there are for its kind, run or not. */
  checksInAll: number;
  exemptions: number;
  /** What the connector claims and no check looks at. */
  unchecked: string[];
  /** Why rows were compared without what is null, empty or missing, where they were. */
  blanks?: string;
  seconds: number;
  results: Result[];
};

/** Yields the report of these results, with its badge. */
export function reportOf(found: Omit<Report, "badge" | "exemptions">): Report {
  const holds = (level: Level) => found.results.every((result) => result.level !== level || !isFailure(result));
  const hasClaims = found.results.some(({ level }) => level === 2);
  const exemptions = found.results.filter(({ verdict }) => verdict === "exempt").length;
  const isWhole = found.results.length === found.checksInAll && found.results.some(({ level }) => level === 1);
  return { ...found, exemptions, badge: !holds(1) ? 0 : !isWhole ? null : hasClaims && holds(2) ? 2 : 1 };
}

/** Tells whether a check failed; on level 3 that is told and costs nothing. */
export function isFailure({ verdict }: Pick<Result, "verdict">): boolean {
  return verdict === "failed" || verdict === "broken";
}

/** Yields the badge in words, exemptions included. */
export function badgeText({ badge, exemptions, results, checksInAll }: Report): string {
  if (badge === 0) return "not conformant";
  if (badge === null) return `${results.length} of ${checksInAll} checks were run, and there is no badge for a part`;
  const but = exemptions === 0 ? "" : `, with ${exemptions} ${exemptions === 1 ? "exemption" : "exemptions"}`;
  return `conformant, level ${badge}${but}`;
}
