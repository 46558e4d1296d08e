import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { inOwnTransaction } from "./own-transaction.ts";

const HASH_LENGTH = 16;

/** Yields the application_name of a writer's sessions, by which a newer writer finds them: at most 63 bytes. */
export function writerName({ pipelineId, epoch }: { pipelineId: string; epoch: number }): string {
  return `${namePrefix(pipelineId)}${epoch}`;
}

/**
 * Ends the sessions of writers with an older epoch. One that is frozen in the middle of a statement holds its locks
 * for ever otherwise: neither a timeout of the server nor one of the session sees it.
 */
export async function endOlderWriters(
  client: ClientBase,
  { pipelineId, epoch }: { pipelineId: string; epoch: number },
): Promise<void> {
  const prefix = namePrefix(pipelineId);
  const end = () =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND starts_with(application_name, $1)
        AND CASE WHEN substr(application_name, length($1) + 1) ~ '^[0-9]{1,18}$'
              THEN substr(application_name, length($1) + 1)::bigint < $2 END`,
      [prefix, epoch],
    );
  await inOwnTransaction(client, end);
}

/** A pipeline's id may be long, or hold what application_name cannot. */
function namePrefix(pipelineId: string): string {
  return `sluice ${createHash("sha256").update(pipelineId).digest("hex").slice(0, HASH_LENGTH)} `;
}
