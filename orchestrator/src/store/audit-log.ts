import type { Queryable } from "./database.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";

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

/** Resolves to a page of the entries, the newest first. */
export async function auditEntries(client: Queryable, { after, limit }: PageRequest): Promise<PageOf<AuditEntry>> {
  const { rows } = await client.query<AuditEntry>(
    `SELECT number::text, at, token_id, request_id, action, target, detail FROM audit_log
      WHERE $1::bigint IS NULL OR audit_log.number < $1 ORDER BY audit_log.number DESC LIMIT $2 + 1`,
    [after?.[0] ?? null, limit],
  );
  return pageOf(rows, limit, ({ number }) => [number]);
}
