import { createHash, randomBytes } from "node:crypto";
import { audit, type Actor } from "./audit-log.ts";
import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { StoreConflict } from "./store-conflict.ts";

/** What a token may do: look, run and repair, or everything. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export type Token = {
  id: string;
  name: string;
  role: Role;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
};

const TOKEN_BYTES = 32;
const COLUMNS = "id, name, role, created_at, expires_at, last_used_at, revoked_at";

const USABLE = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())";

type NewToken = { name: string; role: Role; expiresAt?: Date | null };
type MadeToken = { token: Token; text: string };

/** The tokens that open the API. Only their hashes are stored. */
export class Tokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves to a new token and its text, which nobody can be shown again. */
  create(given: NewToken, actor: Actor): Promise<MadeToken> {
    return this.#database.transaction((client) => make(client, given, actor));
  }

  /** Resolves to the first admin token when there is no token at all, else to undefined. */
  async createFirst(): Promise<string | undefined> {
    return this.#database.transaction(async (client) => {
      // of two programs that start at once one makes it
      await client.query("LOCK TABLE tokens IN SHARE ROW EXCLUSIVE MODE");
      const { rowCount } = await client.query("SELECT 1 FROM tokens LIMIT 1");
      if (rowCount !== 0) return undefined;
      const { text } = await make(client, { name: "first", role: "admin" }, { tokenId: null, requestId: "start" });
      return text;
    });
  }

  /** Resolves to the token of a text, if it may still be used. */
  async find(text: string): Promise<Token | undefined> {
    const hash = hashOf(text);
    const { rows } = await this.#database.pool.query<Token>(
      `SELECT ${COLUMNS} FROM tokens WHERE hash = $1 AND ${USABLE}`,
      [hash],
    );
    const token = rows[0];
    if (token === undefined) return undefined;
    // most requests write nothing, and none waits for another one of the same token
    const { rows: used } = await this.#database.pool.query<Token>(
      `UPDATE tokens SET last_used_at = now() WHERE id = $1
          AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute') RETURNING ${COLUMNS}`,
      [token.id],
    );
    return used[0] ?? token;
  }

  /** Resolves to whether a token may be used at this moment. */
  async isUsable(id: string): Promise<boolean> {
    const { rowCount } = await this.#database.pool.query(`SELECT 1 FROM tokens WHERE id = $1 AND ${USABLE}`, [id]);
    return rowCount === 1;
  }

  /** Resolves to a page of them by name. */
  async list({ after, limit }: PageRequest): Promise<PageOf<Token>> {
    const { rows } = await this.#database.pool.query<Token>(
      `SELECT ${COLUMNS} FROM tokens
        WHERE $1::text IS NULL OR (name, id) > ($1, $2) ORDER BY name, id LIMIT $3 + 1`,
      [after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return pageOf(rows, limit, ({ name, id }) => [name, id]);
  }

  /** Ends a token at once. Throws for one that is not there, and for the last admin token: nobody could make another. */
  async revoke(id: string, actor: Actor): Promise<Token> {
    return this.#database.transaction(async (client) => {
      await client.query("LOCK TABLE tokens IN SHARE ROW EXCLUSIVE MODE");
      const { rows } = await client.query<Token>(
        `UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${COLUMNS}`,
        [id],
      );
      const token = rows[0];
      if (token === undefined) throw new StoreConflict("not_found", `There is no token "${id}".`);
      const { rowCount: admins } = await client.query(
        `SELECT 1 FROM tokens WHERE role = 'admin' AND ${USABLE} LIMIT 1`,
      );
      if (admins === 0) throw new StoreConflict("in_use", "This is the last admin token; make another one first.");
      await audit(client, actor, { action: "token.revoke", target: id, detail: { name: token.name } });
      return token;
    });
  }
}

async function make(client: Queryable, { name, role, expiresAt = null }: NewToken, actor: Actor): Promise<MadeToken> {
  const text = `sluice_${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  const { rows } = await client.query<Token>(
    `INSERT INTO tokens (id, name, role, hash, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
    [newId("tok"), name, role, hashOf(text), expiresAt],
  );
  const token = rows[0] as Token;
  await audit(client, actor, { action: "token.create", target: token.id, detail: { name, role } });
  return { token, text };
}

/** A token has 256 random bits, so a plain hash cannot be guessed back. */
function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
