import type { Queryable } from "./database.ts";

/** Who asks for a change: a token, or nobody for what the program does by itself; and in which request. */
export type Actor = { tokenId: string | null; requestId: string };

export type AuditEntry = {
  number: string;
  at: Date;
  token_id: string | null;
  request_id: string;
  action: string;
  target: string;
  detail: Record<string, unknown>;
};

/** Writes down who changed what, in the transaction of the change. `detail` holds no secret. */
export async function audit(
  client: Queryable,
  actor: Actor,
  { action, target, detail = {} }: { action: string; target: string; detail?: Record<string, unknown> },
): Promise<void> {
  await client.query(
    "INSERT INTO audit_log (token_id, request_id, action, target, detail) VALUES ($1, $2, $3, $4, $5)",
    [actor.tokenId, actor.requestId, action, target, detail],
  );
}

/** Resolves to the newest entries before `before`, newest first. */
export async function auditEntries(
  client: Queryable,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<AuditEntry[]> {
  const { rows } = await client.query<AuditEntry>(
    `SELECT number::text, at, token_id, request_id, action, target, detail FROM audit_log
      WHERE $1::bigint IS NULL OR number < $1 ORDER BY number DESC LIMIT $2`,
    [before ?? null, limit],
  );
  return rows;
}
