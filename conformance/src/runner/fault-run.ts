import { join } from "node:path";
import { storedRows } from "../fixtures/rows.ts";
import { runPipeline, writePipeline, type PipelineSettings, type SluiceRun } from "../fixtures/sluice.ts";
import { ofDestination, ofSource, type Expected } from "./expectations.ts";

/** A fault of one side, and the kind of destination that is part of the run. */
export type FaultCase = { role: "source" | "destination"; fault: string; kind: NonNullable<PipelineSettings["kind"]> };

const STUCK_MS = 4000;
const LINE_BYTES = 1_000_000;
const ROWS_PER_STREAM = 9;

/** Yields every fault of both sides, with each kind of destination. */
export function faultCases(): FaultCase[] {
  const kinds = ["destination", "transactional"] as const;
  return kinds.flatMap((kind) => [
    ...Object.keys(ofSource).map((fault): FaultCase => ({ role: "source", fault, kind })),
    ...Object.keys(ofDestination).map((fault): FaultCase => ({ role: "destination", fault, kind })),
  ]);
}

/** Runs a case in a folder; resolves to what differs from what is expected of it, in words. */
export async function faultProblems(folder: string, { role, fault, kind }: FaultCase): Promise<string[]> {
  const expected = expectationOf({ role, fault, kind });
  const settings = { fault, line_bytes: LINE_BYTES, attempts_file: join(folder, "attempts") };
  const pipeline = expected.isStuck === true ? { idle_timeout_ms: STUCK_MS, progress_timeout_ms: STUCK_MS } : {};
  await writePipeline(folder, { [role]: settings, kind, pipeline });
  const found = await runPipeline(folder, "--dead-letters", join(folder, "dead-letters.ndjson"));
  return [...outcomeProblems(found, expected), ...rowProblems(folder, fault, expected)];
}

function expectationOf({ role, fault, kind }: FaultCase): Expected {
  const table: Record<string, Expected> = role === "source" ? ofSource : ofDestination;
  const expected = table[fault];
  if (expected === undefined) throw new RangeError(`Nothing is expected of the fault ${fault} of a ${role}.`);
  return (kind === "transactional" ? expected.transactional : undefined) ?? expected;
}

function outcomeProblems({ exitCode, stderr, summary }: SluiceRun, expected: Expected): string[] {
  const { failure, attempts } = summary ?? {};
  const found = { exitCode, side: failure?.side, attempts };
  const told = `${JSON.stringify(found)}: ${failure?.message ?? "no failure"}`;
  return [
    ...(summary === undefined ? ["there is no summary"] : []),
    ...(exitCode === expected.exitCode && summary?.exit_code === exitCode ? [] : [`exit code: ${told}`]),
    ...(expected.side === undefined || failure?.side === expected.side ? [] : [`side: ${told}`]),
    ...(expected.says === undefined || expected.says.test(failure?.message ?? "") ? [] : [`message: ${told}`]),
    ...(attempts === (expected.attempts ?? 1) ? [] : [`attempts: ${told}`]),
    ...(stderr === "" ? [] : [`stderr: ${stderr.slice(0, 500)}`]),
    ...(failure?.side === "runner" && failure.message.includes("please report it") ? [`a defect: ${told}`] : []),
    ...(/given-token|renewed-token/.test(JSON.stringify(summary ?? "")) ? ["a secret is in the summary"] : []),
  ];
}

function rowProblems(folder: string, fault: string, { exitCode, isWhole = exitCode === 0 }: Expected): string[] {
  // it stores what it does not refuse
  if (!isWhole || fault === "rejects_rows") return [];
  const rows = Object.entries(storedRows(join(folder, "rows")));
  const ids = rows.map(([stream, stored]) => [stream, new Set(stored.map((row) => JSON.parse(row).id)).size] as const);
  const short = ids.filter(([, count]) => count !== ROWS_PER_STREAM);
  if (rows.length === 2 && short.length === 0) return [];
  return [`rows: ${JSON.stringify(Object.fromEntries(ids))}`];
}
