import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SluiceError, type Payload } from "@sluice/protocol";
import { scanMembers, type Checkpoints as CheckpointVerbs, type StateLine } from "@sluice/protocol/stdio";
import type { Database } from "../reference/sql-server/database.ts";

const LOCK_TIMEOUT_MS = 30_000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pipelines (pipeline_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS states (
    pipeline_id TEXT, scope TEXT, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, scope)
  );
  CREATE TABLE IF NOT EXISTS files (stream TEXT PRIMARY KEY, bytes INTEGER NOT NULL);
`;

/** Who writes: an older epoch of a pipeline is fenced. */
export type Writer = { pipelineId: string; epoch: number };
/** A state that is committed: `scope` is the stream, or empty for the global one; `payload` is its text, epoch included. */
export type StoredState = { scope: string; epoch: number; seq: number; payload: string };

/** What a source says that it continues from. */
export type ResumedFrom = NonNullable<Payload<"catalog">["resumed_from"]>;

/** Checkpoints in a folder, next to the files of rows: states and the committed length of each file change together. */
export class Checkpoints implements Disposable {
  readonly #db: Database;

  /** `open` opens the file of the folder; in this process, unless it says otherwise. */
  constructor(folder: string, open: (file: string) => Database = openedHere) {
    mkdirSync(folder, { recursive: true });
    this.#db = open(join(folder, "checkpoints.sqlite"));
    this.#db.exec(SCHEMA);
  }

  /** The database itself, for tables of one's own that change in the same transactions. */
  get database(): Database {
    return this.#db;
  }

  /** Yields what `work` does under the lock that all writers of the folder share; undone when it throws. */
  transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Yields the epoch of a new writer; every older one is fenced. */
  takeEpoch(pipelineId: string): number {
    const sql = `INSERT INTO pipelines VALUES (?, 1)
      ON CONFLICT (pipeline_id) DO UPDATE SET epoch = epoch + 1 RETURNING epoch`;
    return Number(this.#db.prepare(sql).get(pipelineId)?.["epoch"]);
  }

  /** Throws `protocol` for a writer that is fenced; to be called inside of its transaction. */
  assertEpoch({ pipelineId, epoch }: Writer): void {
    const current = this.#db.prepare("SELECT epoch FROM pipelines WHERE pipeline_id = ?").get(pipelineId)?.["epoch"];
    if (current === epoch) return;
    throw new SluiceError(
      "protocol",
      `Another write process has taken over the pipeline "${pipelineId}"; this one (epoch ${epoch}) is fenced.`,
    );
  }

  states(pipelineId: string): StoredState[] {
    const sql = "SELECT scope, epoch, seq, payload FROM states WHERE pipeline_id = ? ORDER BY scope";
    return this.#db
      .prepare(sql)
      .all(pipelineId)
      .map((row) => ({
        scope: String(row["scope"]),
        epoch: Number(row["epoch"]),
        seq: Number(row["seq"]),
        payload: String(row["payload"]),
      }));
  }

  putState({ pipelineId, epoch }: Writer, { state, line }: StateLine): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?)")
      .run(pipelineId, state.stream ?? "", epoch, state.seq, payloadOf(line, epoch));
  }

  clear(pipelineId: string): void {
    this.#db.prepare("DELETE FROM states WHERE pipeline_id = ?").run(pipelineId);
  }

  /** Yields how much of a stream's file is committed; undefined for one that is not known. */
  committedBytes(stream: string): number | undefined {
    const bytes = this.#db.prepare("SELECT bytes FROM files WHERE stream = ?").get(stream)?.["bytes"];
    return bytes === undefined ? undefined : Number(bytes);
  }

  putBytes(stream: string, bytes: number): void {
    this.#db.prepare("INSERT OR REPLACE INTO files VALUES (?, ?)").run(stream, bytes);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

function openedHere(file: string): Database {
  return new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
}

/** What `checkpoint get|set|clear` do with the checkpoints of a folder. */
export const checkpointVerbs: CheckpointVerbs<{ folder: string }> = {
  async get({ folder }, pipelineId) {
    using kept = new Checkpoints(folder);
    return kept.states(pipelineId).map(({ payload }) => `{"type":"state","state":${payload}}`);
  },
  async set({ folder }, { pipelineId, states }) {
    using kept = new Checkpoints(folder);
    kept.transaction(() => {
      const epoch = kept.takeEpoch(pipelineId);
      kept.clear(pipelineId);
      for (const state of states) kept.putState({ pipelineId, epoch }, state);
    });
  },
  async clear({ folder }, pipelineId) {
    using kept = new Checkpoints(folder);
    kept.transaction(() => {
      kept.takeEpoch(pipelineId);
      kept.clear(pipelineId);
    });
  },
};

/** Throws `config` when the source did not continue from exactly what is committed: rows would be missing, or come twice. */
export function assertResumable(resumedFrom: ResumedFrom, stored: readonly StoredState[]): void {
  const told = resumedFrom.map(({ stream = "", epoch, seq }) => `${stream} ${epoch} ${seq}`);
  const known = stored.map(({ scope, epoch, seq }) => `${scope} ${epoch} ${seq}`);
  if (told.toSorted().join() === known.toSorted().join()) return;
  throw new SluiceError(
    "config",
    'The source did not continue from what is committed here; give it the output of "checkpoint get".',
  );
}

/** The text of the state as it came: a parse would change numbers that JavaScript cannot hold. */
function payloadOf(line: Buffer, epoch: number): string {
  const state = scanMembers(line, ["state"])?.[0]?.toString() ?? "{}";
  return `${state.trimEnd().slice(0, -1)},"epoch":${epoch}}`;
}
