import type { CheckpointStore, Lease } from "@sluice/postgres-kit/checkpoints";
import { assertResumable, type StoredState, type WriteContext } from "@sluice/protocol/stdio";
import type { PoolClient } from "pg";
import type { Config } from "./config.ts";
import { inTransaction } from "./connection.ts";
import { isAppended } from "./opened-stream.ts";

/** What a write process is known by, and the states that it found. */
export type Owner = Pick<Lease, "pipelineId" | "epoch"> & { runId: string | undefined; states: StoredState[] };

/**
 * Resolves to the new owner of the pipeline; undefined without a pipeline: there is nothing to take over then, and
 * nothing that another process could fence. What the source resumed from is checked before anybody is fenced, where it is known.
 */
export async function takeOver(
  client: PoolClient,
  { config, store, context }: { config: Config; store: CheckpointStore; context: WriteContext },
): Promise<Owner | undefined> {
  const { pipelineId, runId, force, resumedFrom, streams } = context;
  if (pipelineId === undefined) return undefined;
  const appended = appendedStreams(streams);
  if (resumedFrom !== undefined) {
    const stored = await inTransaction(client, config, () => store.states(client, pipelineId));
    assertResumable(resumedFrom, { stored, appended });
  }
  const { epoch, states } = await store.takeOver(client, { pipelineId, runId, force });
  if (resumedFrom !== undefined) assertResumable(resumedFrom, { stored: states, appended });
  return { pipelineId, epoch, runId, states };
}

/** Yields the streams whose records must not come twice, with the generation that the run is of. */
export function appendedStreams(streams: WriteContext["streams"]): Map<string, string | undefined> {
  return new Map(streams.filter(isAppended).map(({ stream, generation_id: generation }) => [stream.name, generation]));
}
