import type { Keyring } from "../secrets/keyring.ts";
import { audit, type Actor } from "./audit-log.ts";
import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { reseal } from "./reseal.ts";
import { StoreConflict } from "./store-conflict.ts";

/** Failure is the first failed run after one that was not, recovery the first success after that; silence no success. */
export const EVENTS = ["failure", "recovery", "silence"] as const;
export type NotificationEvent = (typeof EVENTS)[number];
/** Where a notification goes. */
export type Target = { kind: "webhook" | "slack"; url: string } | { kind: "email"; to: string[] };

export type Notification = {
  id: string;
  name: string;
  kind: Target["kind"];
  /** The target as it may be shown. */
  shown_target: string;
  events: NotificationEvent[];
  /** A pipeline is silent when nothing succeeded for so long. */
  silence_s: number;
  created_at: Date;
};

type Row = Omit<Notification, "silence_s"> & { silence_s: string; target: Buffer };
export type NewNotification = Pick<Notification, "name" | "events" | "silence_s"> & { target: Target };

/** Who is notified of what; targets are sealed. */
export class Notifications {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(database: Database, keyring: Keyring) {
    this.#database = database;
    this.#keyring = keyring;
  }

  async create({ name, events, silence_s, target }: NewNotification, actor: Actor): Promise<Notification> {
    const id = newId("note");
    return this.#database.transaction(async (client) => {
      const sealed = this.#keyring.seal(JSON.stringify(target), ownerOf(id));
      const { rows } = await client.query<Row>(
        `INSERT INTO notifications (id, name, kind, shown_target, target, events, silence_s)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING RETURNING *`,
        [id, name, target.kind, shownTarget(target), sealed, events, silence_s],
      );
      if (rows[0] === undefined)
        throw new StoreConflict("exists", `There is a notification "${name}" already; choose another name.`);
      await audit(client, actor, { action: "notification.create", target: id, detail: { name, events } });
      return shown(rows[0]);
    });
  }

  /** Resolves to a page of them by name. */
  async list({ after, limit }: PageRequest): Promise<PageOf<Notification>> {
    const { rows } = await this.#database.pool.query<Row>(
      "SELECT * FROM notifications WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2 + 1",
      [after?.[0] ?? null, limit],
    );
    return pageOf(rows.map(shown), limit, ({ name }) => [name]);
  }

  /** Resolves to where a notification goes. Throws for one that is not there. */
  async targetOf(id: string): Promise<Target> {
    return JSON.parse(this.#keyring.open((await rowOf(this.#database.pool, id)).target, ownerOf(id))) as Target;
  }

  async remove(id: string, actor: Actor): Promise<void> {
    await this.#database.transaction(async (client) => {
      const { name } = await rowOf(client, id);
      await client.query("DELETE FROM notifications WHERE id = $1", [id]);
      await audit(client, actor, { action: "notification.delete", target: id, detail: { name } });
    });
  }

  /** Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many. */
  rotate(client: Queryable): Promise<number> {
    return reseal(client, this.#keyring, { table: "notifications", column: "target", key: ["id"], ownerOf });
  }
}

async function rowOf(client: Queryable, id: string): Promise<Row> {
  const { rows } = await client.query<Row>("SELECT * FROM notifications WHERE id = $1", [id]);
  if (rows[0] === undefined) throw new StoreConflict("not_found", `There is no notification "${id}".`);
  return rows[0];
}

function shown({ target: _, ...row }: Row): Notification {
  return { ...row, silence_s: Number(row.silence_s) };
}

function shownTarget(target: Target): string {
  return target.kind === "email" ? target.to.join(", ") : new URL(target.url).origin;
}

function ownerOf(id: string): string {
  return `notification ${id}`;
}
