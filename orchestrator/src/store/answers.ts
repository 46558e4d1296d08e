import { createHash } from "node:crypto";
import type { Keyring } from "../secrets/keyring.ts";
import type { Database, Queryable } from "./database.ts";
import { reseal } from "./reseal.ts";
import { StoreConflict } from "./store-conflict.ts";

/** Who asked for something under a key of their choice, and for what. */
export type KeyedRequest = { tokenId: string; key: string; requestId: string; content: string };
/** An answer as it was given. */
export type Answer = { status: number; headers: Record<string, string>; body: string };

type Row = { request_hash: Buffer; request_id: string; isOld: boolean; status: number | null } & {
  headers: Answer["headers"] | null;
  body: Buffer | null;
};

/** Longer than any request that is kept takes. */
const GIVEN_UP_AFTER = "10 minutes";
const KEPT_FOR = "24 hours";

/** Answers to requests that had an idempotency key, for a day; sealed, since a new token stands in one. */
export class Answers {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(database: Database, keyring: Keyring) {
    this.#database = database;
    this.#keyring = keyring;
  }

  /**
   * Takes a key for a request. Resolves to the answer when the same request had one already, else to undefined: then it
   * is to be carried out. Throws for a key of another request, and while the first one is under way.
   */
  async begin({ tokenId, key, requestId, content }: KeyedRequest): Promise<Answer | undefined> {
    const hash = createHash("sha256").update(content).digest();
    return this.#database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO answers (token_id, key, request_hash, request_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (token_id, key) DO NOTHING`,
        [tokenId, key, hash, requestId],
      );
      if (rowCount === 1) return undefined;
      const { rows } = await client.query<Row>(
        `SELECT request_hash, request_id, status, headers, body, begun_at < now() - interval '${GIVEN_UP_AFTER}' AS "isOld"
           FROM answers WHERE token_id = $1 AND key = $2 FOR UPDATE`,
        [tokenId, key],
      );
      const row = rows[0];
      if (row === undefined)
        throw new StoreConflict("in_use", "The answer of this key has just been forgotten; repeat it.");
      if (!row.request_hash.equals(hash))
        throw new StoreConflict("in_use", "This Idempotency-Key was used for another request; take a new one.");
      if (row.status !== null && row.body !== null) {
        const body = this.#keyring.open(row.body, ownerOf(tokenId, key));
        return { status: row.status, headers: row.headers ?? {}, body };
      }
      if (!row.isOld)
        throw new StoreConflict("in_use", "The request with this Idempotency-Key is under way; wait for its end.");
      // it failed, or its program is gone; what it changed is in the audit log, if it came so far
      const { rows: changes } = await client.query<{ target: string }>(
        "SELECT target FROM audit_log WHERE request_id = $1 LIMIT 1",
        [row.request_id],
      );
      if (changes[0] !== undefined)
        throw new StoreConflict(
          "exists",
          `The request with this key was carried out, and its answer is lost; look at "${changes[0].target}".`,
        );
      await client.query("UPDATE answers SET request_id = $3, begun_at = now() WHERE token_id = $1 AND key = $2", [
        tokenId,
        key,
        requestId,
      ]);
      return undefined;
    });
  }

  /** Keeps the answer to a request that was begun. */
  async keep({ tokenId, key, requestId }: KeyedRequest, { status, headers, body }: Answer): Promise<void> {
    await this.#database.pool.query(
      `UPDATE answers SET status = $4, headers = $5, body = $6
        WHERE token_id = $1 AND key = $2 AND request_id = $3`,
      [tokenId, key, requestId, status, headers, this.#keyring.seal(body, ownerOf(tokenId, key))],
    );
  }

  /** Gives a request up that failed for our sake: it may be repeated at once, unless it changed something all the same. */
  async giveUp({ tokenId, key, requestId }: KeyedRequest): Promise<void> {
    await this.#database.pool.query(
      `UPDATE answers SET begun_at = now() - interval '${GIVEN_UP_AFTER}' - interval '1 second'
        WHERE token_id = $1 AND key = $2 AND request_id = $3`,
      [tokenId, key, requestId],
    );
  }

  /** Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many. */
  rotate(client: Queryable): Promise<number> {
    return reseal(client, this.#keyring, { table: "answers", column: "body", key: ["token_id", "key"], ownerOf });
  }

  /** Forgets answers that are older than a day; resolves to how many. */
  async forgetOld(): Promise<number> {
    const { rowCount } = await this.#database.pool.query(
      `DELETE FROM answers WHERE begun_at < now() - interval '${KEPT_FOR}'`,
    );
    return rowCount ?? 0;
  }
}

function ownerOf(tokenId: string, key: string): string {
  return `answer ${tokenId} ${key}`;
}
