import { answeredOrProblem, client } from "../api/client.ts";
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

/** Asks anew and has the browser keep the answer as a file of CSV, which may be longer than what is shown. */
export async function downloadAnswer({ pipelineId, sql, limits }: Question): Promise<void> {
  const text = await answeredOrProblem(
    client.POST("/v1/pipelines/{id}/data/csv", {
      params: { path: { id: pipelineId } },
      body: { sql, max_rows: FILE_ROWS, timeout_ms: limits.timeoutMs },
      parseAs: "text",
    }),
  );
  download({ name: "result.csv", type: "text/csv;charset=utf-8", content: text });
}

const FILE_ROWS = 100_000;
