import type { MemoryName } from "@sluice/runner";
import type { Keyring } from "../secrets/keyring.ts";
import type { Database, Queryable } from "./database.ts";
import { lockHeld, takenOver, type HeldRun } from "./held-run.ts";
import { reseal } from "./reseal.ts";
import { StoreConflict } from "./store-conflict.ts";

/** What is remembered of one pipeline, by name. */
export type Memory = Partial<Record<MemoryName, string>>;

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
    return Object.fromEntries(
      rows.map((row) => [row.name, this.#keyring.open(row.sealed, ownerOf(row.pipeline_id, row.name))]),
    );
  }

  /** Stores a text for the run that a worker holds. Throws `protocol` when another worker holds it by now. */
  async write(held: HeldRun, { name, text }: { name: MemoryName; text: string }): Promise<void> {
    await this.#database.transaction(async (client) => {
      const pipelineId = await lockHeld(client, held);
      if (pipelineId === undefined) throw takenOver(held);
      await this.#store(client, { pipelineId, name, text });
    });
  }

  /** Stores a text of a pipeline while none of its runs goes on. Throws `in_use` when one does. */
  async writeIdle(pipelineId: string, { name, text }: { name: MemoryName; text: string }): Promise<void> {
    await this.#database.transaction(async (client) => {
      // a run that is about to begin waits, and reads what is stored here
      await client.query("SELECT 1 FROM pipelines WHERE id = $1 FOR UPDATE", [pipelineId]);
      await assertIdle(client, pipelineId);
      await this.#store(client, { pipelineId, name, text });
    });
  }

  /** Resolves to the pipeline whose last run renewed the configuration of a connection last; undefined when none did. */
  async lastRenewal(connectionId: string, kind: "source" | "destination"): Promise<string | undefined> {
    const { rows } = await this.#database.pool.query<{ id: string }>(
      `SELECT p.id FROM memories m JOIN pipelines p ON p.id = m.pipeline_id
        WHERE m.name = $2 AND $1 = CASE WHEN $2 = 'source-config' THEN p.source_id ELSE p.destination_id END
        ORDER BY m.updated_at DESC LIMIT 1`,
      [connectionId, `${kind}-config`],
    );
    return rows[0]?.id;
  }

  /** Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many. */
  rotate(client: Queryable): Promise<number> {
    const key = ["pipeline_id", "name"];
    return reseal(client, this.#keyring, { table: "memories", column: "sealed", key, ownerOf });
  }

  async #store(
    client: Queryable,
    { pipelineId, name, text }: { pipelineId: string; name: MemoryName; text: string },
  ): Promise<void> {
    await client.query(
      `INSERT INTO memories (pipeline_id, name, sealed) VALUES ($1, $2, $3)
       ON CONFLICT (pipeline_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = now()`,
      [pipelineId, name, this.#keyring.seal(text, ownerOf(pipelineId, name))],
    );
  }
}

async function assertIdle(client: Queryable, pipelineId: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    "SELECT id FROM runs WHERE pipeline_id = $1 AND status = 'running'",
    [pipelineId],
  );
  if (rows[0] !== undefined)
    throw new StoreConflict("in_use", `The run ${rows[0].id} goes on; cancel it, or wait for its end.`);
}

function ownerOf(pipelineId: string, name: string): string {
  return `${name} of ${pipelineId}`;
}
