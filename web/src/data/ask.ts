import { answeredOrProblem, client } from "../api/client.ts";
import { count } from "../controls/number-words.ts";
import { download } from "../controls/download.ts";
import type { QueryResult } from "../sql/result.ts";

/** How much a statement may take and answer. */
export type Limits = { maxRows: number; timeoutMs: number };

export type Question = { pipelineId: string; sql: string; limits: Limits };

/** Resolves to what the destination answers; the database ends the statement when the signal does. Rejects with a problem. */
export async function ask({ pipelineId, sql, limits }: Question, signal: AbortSignal): Promise<QueryResult> {
  const answer = await answeredOrProblem(
    client.POST("/v1/pipelines/{id}/data/query", {
      params: { path: { id: pipelineId } },
      body: { sql, max_rows: limits.maxRows, timeout_ms: limits.timeoutMs },
      signal,
    }),
  );
  const { columns, rows, truncated, duration_ms: durationMs } = answer;
  return { columns, rows, isCut: truncated !== null, durationMs };
}

/**
 * Asks anew and has the browser keep the answer as a file of CSV, which may be longer than what is shown. Resolves to what
 * the file lacks, in words; undefined when it holds all.
 */
export async function downloadAnswer(
  { pipelineId, sql, limits }: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked = client.POST("/v1/pipelines/{id}/data/csv", {
    params: { path: { id: pipelineId } },
    body: { sql, max_rows: FILE_ROWS, timeout_ms: limits.timeoutMs },
    parseAs: "text",
    signal,
  });
  const text = await answeredOrProblem(asked);
  const { headers } = (await asked).response;
  download({ name: "result.csv", type: "text/csv;charset=utf-8", content: text });
  switch (headers.get("Sluice-Truncated")) {
    case null:
      return undefined;
    case "rows":
      return `It has the first ${count(FILE_ROWS)} rows, as many as a file may have.`;
    default:
      return "It ends where it would be too large; ask for fewer columns or rows.";
  }
}

const FILE_ROWS = 100_000;
