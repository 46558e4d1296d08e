import { audit, type Actor } from "./audit-log.ts";
import type { Database } from "./database.ts";
import type { NotificationEvent } from "./notifications.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { StoreConflict } from "./store-conflict.ts";

/** A notice that was not taken. */
export type FailedDelivery = {
  notification_id: string;
  notification: string;
  event: NotificationEvent;
  subject: string;
  pipeline_id: string;
  run_id: string | null;
  noted_at: Date;
  attempts: number;
  failure: string;
  /** When it is tried next; null when it was given up. */
  next_at: Date | null;
};
export type DeliveryKey = Pick<FailedDelivery, "notification_id" | "event" | "subject">;

/** What somebody was to be told. */
export class Deliveries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves to a page of the notices that were not taken, the newest first. */
  async failed({ after, limit }: PageRequest): Promise<PageOf<FailedDelivery>> {
    const { rows } = await this.#database.pool.query<FailedDelivery & { place: string }>(
      `SELECT d.notification_id, n.name AS notification, d.event, d.subject, d.pipeline_id, d.run_id, d.noted_at,
              d.attempts, d.failure, d.next_at, d.noted_at::text AS place
         FROM deliveries d JOIN notifications n ON n.id = d.notification_id
        WHERE d.failure IS NOT NULL AND d.delivered_at IS NULL
          AND ($1::text IS NULL OR (d.noted_at, d.notification_id, d.event, d.subject) < ($1::timestamptz, $2, $3, $4))
        ORDER BY d.noted_at DESC, d.notification_id DESC, d.event DESC, d.subject DESC LIMIT $5 + 1`,
      [after?.[0] ?? null, after?.[1] ?? null, after?.[2] ?? null, after?.[3] ?? null, limit],
    );
    const { items, next } = pageOf(rows, limit, (row) => [row.place, row.notification_id, row.event, row.subject]);
    return { items: items.map(({ place: _, ...item }) => item), next };
  }

  /** Has a notice that was not taken tried again at once, as if it were new. Throws for one that is not there. */
  async retry({ notification_id, event, subject }: DeliveryKey, actor: Actor): Promise<void> {
    await this.#database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `UPDATE deliveries SET next_at = now(), attempts = 0
          WHERE notification_id = $1 AND event = $2 AND subject = $3 AND failure IS NOT NULL AND delivered_at IS NULL`,
        [notification_id, event, subject],
      );
      if (rowCount === 0) throw new StoreConflict("not_found", "There is no such notice that was not taken.");
      await audit(client, actor, { action: "delivery.retry", target: notification_id, detail: { event, subject } });
    });
  }
}
