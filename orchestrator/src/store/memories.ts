import { SluiceError } from "@sluice/protocol";
import type { MemoryName } from "@sluice/runner";
import type { Keyring } from "../secrets/keyring.ts";
import type { Database, Queryable } from "./database.ts";

/** What is remembered of one pipeline, by name. */
export type Memory = Partial<Record<MemoryName, string>>;
/** A run in the hands of a worker. */
export type HeldRun = { runId: string; worker: string };

type Row = { pipeline_id: string; name: MemoryName; sealed: Buffer };

/** What is remembered of pipelines between runs; all of it sealed, since connectors' new configurations are among it. */
export class Memories {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(database: Database, keyring: Keyring) {
    this.#database = database;
    this.#keyring = keyring;
  }

  async read(pipelineId: string): Promise<Memory> {
    const { rows } = await this.#database.pool.query<Row>("SELECT * FROM memories WHERE pipeline_id = $1", [
      pipelineId,
    ]);
    return Object.fromEntries(rows.map((row) => [row.name, this.#keyring.open(row.sealed, ownerOf(row))]));
  }

  /** Stores a text for the run that a worker holds. Throws `protocol` when another worker holds it by now. */
  async write({ runId, worker }: HeldRun, { name, text }: { name: MemoryName; text: string }): Promise<void> {
    await this.#database.transaction(async (client) => {
      const { rows } = await client.query<{ pipeline_id: string }>(
        "SELECT pipeline_id FROM runs WHERE id = $1 AND worker = $2 AND status = 'running' FOR SHARE",
        [runId, worker],
      );
      const pipelineId = rows[0]?.pipeline_id;
      if (pipelineId === undefined)
        throw new SluiceError(
          "protocol",
          `Another worker has taken over the run "${runId}"; this one stores nothing more.`,
        );
      await client.query(
        `INSERT INTO memories (pipeline_id, name, sealed) VALUES ($1, $2, $3)
         ON CONFLICT (pipeline_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = now()`,
        [pipelineId, name, this.#keyring.seal(text, ownerOf({ pipeline_id: pipelineId, name }))],
      );
    });
  }

  /** Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many. */
  async rotate(client: Queryable): Promise<number> {
    const { rows } = await client.query<Row>("SELECT * FROM memories FOR UPDATE");
    const old = rows.filter(({ sealed }) => !this.#keyring.isCurrent(sealed));
    for (const row of old) {
      const sealed = this.#keyring.seal(this.#keyring.open(row.sealed, ownerOf(row)), ownerOf(row));
      await client.query("UPDATE memories SET sealed = $3 WHERE pipeline_id = $1 AND name = $2", [
        row.pipeline_id,
        row.name,
        sealed,
      ]);
    }
    return old.length;
  }
}

function ownerOf({ pipeline_id, name }: Pick<Row, "pipeline_id" | "name">): string {
  return `${name} of ${pipeline_id}`;
}
