import type { Keyring } from "../secrets/keyring.ts";
import type { SplitConfig } from "../secrets/config-secrets.ts";
import { audit, type Actor } from "./audit-log.ts";
import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { reseal } from "./reseal.ts";
import { StoreConflict } from "./store-conflict.ts";

/** A configured connector as it may be shown: `secrets_set` names the secrets that it has. */
export type Connection = {
  id: string;
  name: string;
  connector: string;
  kind: "source" | "destination";
  config: Record<string, unknown>;
  secrets_set: string[];
  /** How many runs may use it at the same time; no limit when null. */
  concurrent_runs: number | null;
  version: number;
  created_at: Date;
  updated_at: Date;
};

type Row = Omit<Connection, "version"> & { secrets: Buffer; version: string };
export type NewConnection = Pick<Connection, "name" | "connector" | "kind"> &
  SplitConfig & { concurrent_runs?: number | null };
type Change = SplitConfig & { name?: string; concurrent_runs?: number | null };

/** Connections, with their secrets in envelopes. */
export class Connections {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(database: Database, keyring: Keyring) {
    this.#database = database;
    this.#keyring = keyring;
  }

  create(given: NewConnection, actor: Actor): Promise<Connection> {
    return this.#database.transaction((client) => this.insert(client, given, actor));
  }

  /** Makes one in the transaction of the caller. */
  async insert(client: Queryable, given: NewConnection, actor: Actor): Promise<Connection> {
    const { name, connector, kind, config, secrets, concurrent_runs: most = null } = given;
    const id = newId("conn");
    const { rows } = await client.query<Row>(
      `INSERT INTO connections (id, name, connector, kind, config, secrets, secrets_set, concurrent_runs)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (name) DO NOTHING RETURNING *`,
      [id, name, connector, kind, config, this.#sealed(secrets, id), Object.keys(secrets), most],
    );
    if (rows[0] === undefined) throw nameTaken(name);
    await audit(client, actor, { action: "connection.create", target: id, detail: { name, connector } });
    return shown(rows[0]);
  }

  /** Resolves to a page of them by name. */
  async list({ after, limit }: PageRequest): Promise<PageOf<Connection>> {
    const { rows } = await this.#database.pool.query<Row>(
      "SELECT * FROM connections WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2 + 1",
      [after?.[0] ?? null, limit],
    );
    return pageOf(rows.map(shown), limit, ({ name }) => [name]);
  }

  /** Throws for one that is not there. */
  async get(id: string): Promise<Connection> {
    return shown(await rowOf(this.#database.pool, id));
  }

  /** Resolves to a connection with its secrets, for who is about to use it. */
  async withSecrets(id: string): Promise<Connection & SplitConfig> {
    const row = await rowOf(this.#database.pool, id);
    return { ...shown(row), secrets: this.#opened(row) };
  }

  /** Changes what `change` makes of it. Throws when it is no longer of the version that the change was made from. */
  async update(
    id: string,
    { version, change }: { version: number | undefined; change(now: SplitConfig): Change },
    actor: Actor,
  ): Promise<Connection> {
    return this.#database.transaction(async (client) => {
      const row = await rowOf(client, id, "FOR UPDATE");
      if (version !== undefined && Number(row.version) !== version) throw changed(`The connection "${row.name}"`);
      const after = change({ config: row.config, secrets: this.#opened(row) });
      const { config, secrets, name = row.name, concurrent_runs: most = row.concurrent_runs } = after;
      const { rows: taken } = await client.query("SELECT 1 FROM connections WHERE name = $1 AND id <> $2", [name, id]);
      if (taken.length > 0) throw nameTaken(name);
      const { rows } = await client.query<Row>(
        `UPDATE connections SET name = $2, config = $3, secrets = $4, secrets_set = $5, concurrent_runs = $6,
                version = version + 1, updated_at = now()
          WHERE id = $1 RETURNING *`,
        [id, name, config, this.#sealed(secrets, id), Object.keys(secrets), most],
      );
      const detail = { name, secrets_set: Object.keys(secrets) };
      await audit(client, actor, { action: "connection.update", target: id, detail });
      return shown(rows[0] as Row);
    });
  }

  /** Throws while a pipeline uses it, and when it is no longer of the version that was looked at. */
  async remove(id: string, version: number | undefined, actor: Actor): Promise<void> {
    await this.#database.transaction(async (client) => {
      const row = await rowOf(client, id, "FOR UPDATE");
      if (version !== undefined && Number(row.version) !== version) throw changed(`The connection "${row.name}"`);
      const { rows } = await client.query<{ name: string }>(
        "SELECT name FROM pipelines WHERE source_id = $1 OR destination_id = $1 ORDER BY name LIMIT 5",
        [id],
      );
      if (rows.length > 0) {
        const users = rows.map(({ name }) => `"${name}"`).join(", ");
        throw new StoreConflict(
          "in_use",
          `The connection "${row.name}" is used by ${users}; change or delete these first.`,
        );
      }
      await client.query("DELETE FROM connections WHERE id = $1", [id]);
      await audit(client, actor, { action: "connection.delete", target: id, detail: { name: row.name } });
    });
  }

  /** Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many. */
  rotate(client: Queryable): Promise<number> {
    const column = { table: "connections", column: "secrets", key: ["id"], ownerOf };
    return reseal(client, this.#keyring, column);
  }

  #sealed(secrets: SplitConfig["secrets"], id: string): Buffer {
    return this.#keyring.seal(JSON.stringify(secrets), ownerOf(id));
  }

  #opened({ id, secrets }: Row): SplitConfig["secrets"] {
    return JSON.parse(this.#keyring.open(secrets, ownerOf(id)));
  }
}

function ownerOf(id: string): string {
  return `connection ${id}`;
}

function shown(row: Row): Connection {
  const { secrets: _, version, ...connection } = row;
  return { ...connection, version: Number(version) };
}

async function rowOf(client: Queryable, id: string, lock: "" | "FOR UPDATE" = ""): Promise<Row> {
  const { rows } = await client.query<Row>(`SELECT * FROM connections WHERE id = $1 ${lock}`, [id]);
  if (rows[0] === undefined) throw new StoreConflict("not_found", `There is no connection "${id}".`);
  return rows[0];
}

function nameTaken(name: string): StoreConflict {
  return new StoreConflict("exists", `There is a connection "${name}" already; choose another name.`);
}

/** Yields the failure of a change that was made from an older version. */
export function changed(what: string): StoreConflict {
  return new StoreConflict("changed", `${what} was changed meanwhile; load it again, and make the change from that.`);
}
