import { allPages } from "@sluice/orchestrator/client";
import { answeredOrProblem, client, type Schemas } from "../api/client.ts";

const PAGE = 200;

/** Resolves to all that is kept of what a run rejected, a JSON object a line: which stream, why, and the message as it came. */
export async function rejectedFile(runId: string): Promise<string> {
  const page = (cursor: string = "") =>
    answeredOrProblem(
      client.GET("/v1/runs/{id}/dead-letters", { params: { path: { id: runId }, query: { limit: PAGE, cursor } } }),
    );
  let text = "";
  for await (const letter of allPages(page)) text += `${lineOf(letter)}\n`;
  return text;
}

/** The message is JSON already; read and written again its numbers might lose digits. */
function lineOf({ line, ...rest }: Schemas["DeadLetter"]): string {
  return `${JSON.stringify(rest).slice(0, -1)},"message":${line ?? "null"}}`;
}
