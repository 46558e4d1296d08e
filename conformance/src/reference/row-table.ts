import { createHash } from "node:crypto";
import type { Database } from "./sql-server/database.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    stream TEXT NOT NULL, generation TEXT NOT NULL, key TEXT NOT NULL,
    version INTEGER, hash TEXT, data TEXT, deleted_version INTEGER,
    PRIMARY KEY (stream, generation, key)
  );
  CREATE TABLE IF NOT EXISTS live (stream TEXT PRIMARY KEY, generation TEXT NOT NULL);
`;

/** What is known of a key: the newest content and the newest delete. Both versions are null where a stream has none. */
export type StoredRow = {
  version: number | null;
  hash: string | null;
  data: string | null;
  deletedVersion: number | null;
};
/** A record that is to be stored; `version` is null in a stream without versions. */
export type IncomingRow = { key: string; op: "upsert" | "delete"; version: number | null; data: string };
export type Outcome = "written" | "skipped" | "deleted";

/** Rows of all streams in one table. A generation of a stream is seen once it is the live one; "" always is. */
export class RowTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.exec(SCHEMA);
  }

  /** Adds a row whatever there is. */
  append(stream: string, generation: string, data: string): void {
    const sql = `INSERT INTO rows (stream, generation, key, data)
      SELECT ?, ?, 'n' || (1 + coalesce(max(rowid), 0)), ? FROM rows`;
    this.#db.prepare(sql).run(stream, generation, data);
  }

  /** Stores the newer of what there is and what comes. */
  merge(stream: string, generation: string, incoming: IncomingRow): Outcome {
    const stored = this.find(stream, generation, incoming.key);
    return incoming.op === "delete"
      ? this.delete(stream, generation, { incoming, stored })
      : this.upsert(stream, generation, { incoming, stored });
  }

  upsert(stream: string, generation: string, { incoming, stored }: Change): Outcome {
    const hash = hashOf(incoming.data);
    if (stored !== undefined && !this.wins({ version: incoming.version, hash }, stored)) return "skipped";
    this.put(stream, generation, incoming.key, {
      version: incoming.version,
      hash,
      data: incoming.data,
      // without versions the last to come is the truth
      deletedVersion: incoming.version === null ? null : (stored?.deletedVersion ?? null),
    });
    return "written";
  }

  delete(stream: string, generation: string, { incoming, stored }: Change): Outcome {
    const { version } = incoming;
    if (version !== null && (stored?.deletedVersion ?? -1) >= version) return "skipped";
    const kept = stored ?? { version: null, hash: null, data: null };
    this.put(stream, generation, incoming.key, { ...kept, deletedVersion: version ?? Number.MAX_SAFE_INTEGER });
    return "deleted";
  }

  /** Tells whether a record is newer than the row: by version, and of equal ones by content. */
  wins(incoming: { version: number | null; hash: string }, stored: StoredRow): boolean {
    if (incoming.version === null || stored.version === null) return true;
    return (
      incoming.version > stored.version || (incoming.version === stored.version && incoming.hash > (stored.hash ?? ""))
    );
  }

  /** Shows this generation of a stream from now on, and forgets the others. */
  replace(stream: string, generation: string): void {
    this.#db.prepare("INSERT OR REPLACE INTO live VALUES (?, ?)").run(stream, generation);
    this.#db.prepare("DELETE FROM rows WHERE stream = ? AND generation NOT IN ('', ?)").run(stream, generation);
  }

  /** Removes every row of a stream. */
  clear(stream: string): void {
    this.#db.prepare("DELETE FROM rows WHERE stream = ?").run(stream);
  }

  find(stream: string, generation: string, key: string): StoredRow | undefined {
    const sql = `SELECT version, hash, data, deleted_version AS deletedVersion FROM rows
      WHERE stream = ? AND generation = ? AND key = ?`;
    return this.#db.prepare(sql).get(stream, generation, key) as StoredRow | undefined;
  }

  put(stream: string, generation: string, key: string, { version, hash, data, deletedVersion }: StoredRow): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(stream, generation, key, version, hash, data, deletedVersion);
  }

  /** Yields the data of the rows of a stream that can be seen, as it came. */
  visible(stream: string): string[] {
    const sql = `SELECT data FROM rows LEFT JOIN live USING (stream)
      WHERE stream = ? AND rows.generation IN ('', coalesce(live.generation, '')) AND data IS NOT NULL
        AND (deleted_version IS NULL OR deleted_version <= version) ORDER BY rows.rowid`;
    return this.#db
      .prepare(sql)
      .all(stream)
      .map((row) => String(row["data"]));
  }
}

type Change = { incoming: IncomingRow; stored: StoredRow | undefined };

function hashOf(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}
