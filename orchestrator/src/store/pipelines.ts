import { log } from "@sluice/protocol/stdio";
import { audit, type Actor } from "./audit-log.ts";
import { changed } from "./connections.ts";
import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { listHealth, type HealthFilter, type PipelineHealth } from "./pipeline-health.ts";
import { ownStates } from "./states.ts";
import { StoreConflict } from "./store-conflict.ts";

/** What moves between two connections; `settings` are those of a sluice.yaml. */
export type StoredPipeline = {
  id: string;
  name: string;
  source_id: string;
  destination_id: string;
  settings: Record<string, unknown>;
  paused: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
};

/** Characters of the name of a pipeline or a connection. */
export const MAX_NAME_LENGTH = 200;

type Row = Omit<StoredPipeline, "version"> & { version: string };
export type PipelineFields = Pick<StoredPipeline, "name" | "source_id" | "destination_id" | "settings">;

/** The pipelines of this orchestrator. Their ids are what states are kept under, so they never change. */
export class Pipelines {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  create(fields: PipelineFields & { paused?: boolean }, actor: Actor): Promise<StoredPipeline> {
    return this.#database.transaction((client) => this.insert(client, fields, actor));
  }

  /** Makes one in the transaction of the caller. */
  async insert(
    client: Queryable,
    fields: PipelineFields & { paused?: boolean },
    actor: Actor,
  ): Promise<StoredPipeline> {
    await assertSides(client, fields);
    const { rows } = await client.query<Row>(
      `INSERT INTO pipelines (id, name, source_id, destination_id, settings, paused) VALUES ($1, $2, $3, $4, $5, $6)
       RETURNING *`,
      [newId("pipe"), fields.name, fields.source_id, fields.destination_id, fields.settings, fields.paused ?? false],
    );
    const pipeline = shown(rows[0] as Row);
    await audit(client, actor, { action: "pipeline.create", target: pipeline.id, detail: { name: pipeline.name } });
    return pipeline;
  }

  /** Resolves to a page of them by name. */
  async list({ after, limit }: PageRequest): Promise<PageOf<StoredPipeline>> {
    const { rows } = await this.#database.pool.query<Row>(
      "SELECT * FROM pipelines WHERE $1::text IS NULL OR (name, id) > ($1, $2) ORDER BY name, id LIMIT $3 + 1",
      [after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return pageOf(rows.map(shown), limit, ({ name, id }) => [name, id]);
  }

  /** Resolves to a page of them by name, with how they are. */
  health(filter: HealthFilter, page: PageRequest): Promise<PageOf<PipelineHealth>> {
    return listHealth(this.#database, filter, page);
  }

  /** Throws for one that is not there. */
  async get(id: string): Promise<StoredPipeline> {
    return shown(await rowOf(this.#database.pool, id));
  }

  /** Throws when it is no longer of the version that the change was made from. */
  async update(
    id: string,
    { version, fields }: { version: number | undefined; fields: Partial<PipelineFields & { paused: boolean }> },
    actor: Actor,
  ): Promise<StoredPipeline> {
    return this.#database.transaction(async (client) => {
      const before = shown(await rowOf(client, id, "FOR UPDATE"));
      if (version !== undefined && before.version !== version) throw changed(`The pipeline "${before.name}"`);
      const after = { ...before, ...fields };
      await assertSides(client, after);
      const { rows } = await client.query<Row>(
        `UPDATE pipelines SET name = $2, source_id = $3, destination_id = $4, settings = $5, paused = $6,
                version = version + 1, updated_at = now() WHERE id = $1 RETURNING *`,
        [id, after.name, after.source_id, after.destination_id, after.settings, after.paused],
      );
      await audit(client, actor, { action: "pipeline.update", target: id, detail: fields });
      return shown(rows[0] as Row);
    });
  }

  /** Throws for one that is not there, and when it is no longer of that version. */
  async assertVersion(id: string, version: number | undefined): Promise<void> {
    const pipeline = await this.get(id);
    if (version !== undefined && pipeline.version !== version) throw changed(`The pipeline "${pipeline.name}"`);
  }

  /**
   * Resolves to what the work does, while which no run of the pipeline begins: it is paused, with the same version. Should
   * this program end meanwhile, it stays so. Throws `in_use` while a run goes on.
   */
  async whileHeld<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { paused, version } = await this.#hold(id);
    try {
      return await work();
    } finally {
      if (!paused) await this.release(id, Number(version));
    }
  }

  /** Ends the pause of a pipeline that was held, unless somebody changed it meanwhile: then theirs counts. */
  async release(id: string, version: number): Promise<void> {
    await this.#database.pool
      .query("UPDATE pipelines SET paused = false WHERE id = $1 AND version = $2", [id, version])
      .catch((error: unknown) =>
        // what was done is done
        log("warn", `The pipeline ${id} stays paused, since it could not be changed: ${String(error)}`),
      );
  }

  /** Resolves to the pipeline as it was before. */
  async #hold(id: string): Promise<Row> {
    return this.#database.transaction(async (client) => {
      const row = await rowOf(client, id, "FOR UPDATE");
      await assertIdle(client, row);
      await client.query("UPDATE pipelines SET paused = true WHERE id = $1", [id]);
      return row;
    });
  }

  /**
   * Deletes a pipeline with its runs, and with its states where its destination keeps none. Throws while a run goes on, and
   * when it is no longer of that version.
   */
  async remove(id: string, version: number | undefined, actor: Actor): Promise<void> {
    await this.#database.transaction(async (client) => {
      const { name, version: now } = await rowOf(client, id, "FOR UPDATE");
      if (version !== undefined && Number(now) !== version) throw changed(`The pipeline "${name}"`);
      await assertIdle(client, { id, name });
      await client.query("DELETE FROM pipelines WHERE id = $1", [id]);
      await ownStates.forget(client, id);
      await audit(client, actor, { action: "pipeline.delete", target: id, detail: { name } });
    });
  }
}

async function rowOf(client: Queryable, id: string, lock: "" | "FOR UPDATE" = ""): Promise<Row> {
  const { rows } = await client.query<Row>(`SELECT * FROM pipelines WHERE id = $1 ${lock}`, [id]);
  if (rows[0] === undefined) throw new StoreConflict("not_found", `There is no pipeline "${id}".`);
  return rows[0];
}

async function assertIdle(client: Queryable, { id, name }: Pick<Row, "id" | "name">): Promise<void> {
  const { rowCount } = await client.query("SELECT 1 FROM runs WHERE pipeline_id = $1 AND status = 'running'", [id]);
  if (rowCount !== 0)
    throw new StoreConflict(
      "in_use",
      `A run of the pipeline "${name}" goes on; pause the pipeline and cancel it, or wait for its end.`,
    );
}

async function assertSides(client: Queryable, { source_id, destination_id }: PipelineFields): Promise<void> {
  for (const [kind, id] of [
    ["source", source_id],
    ["destination", destination_id],
  ]) {
    const { rows } = await client.query<{ kind: string }>("SELECT kind FROM connections WHERE id = $1", [id]);
    if (rows[0]?.kind !== kind)
      throw new StoreConflict("not_found", `${kind}_id: there is no ${kind} connection "${id}".`);
  }
}

function shown(row: Row): StoredPipeline {
  return { ...row, version: Number(row.version) };
}
