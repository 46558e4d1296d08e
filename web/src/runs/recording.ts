import { answeredOrProblem, client } from "../api/client.ts";

/** Resolves to what the source said in the last attempt of a run that was begun with a recording: compressed lines, redacted. */
export function recordingOf(runId: string): Promise<Blob> {
  const params = { path: { id: runId } };
  return answeredOrProblem(client.GET("/v1/runs/{id}/recording", { params, parseAs: "blob" }));
}

/** Yields the name of a recording as a file. */
export function recordingName(runId: string): string {
  return `${runId}.ndjson.gz`;
}
