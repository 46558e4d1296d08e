import { SluiceError } from "@sluice/protocol";
import type { CheckpointStore } from "@sluice/postgres-kit/checkpoints";
import { historyLine, stateLine, type Checkpoints, type Destination } from "@sluice/protocol/stdio";
import type { PoolClient } from "pg";
import type { Config } from "./config.ts";
import { inTransaction, withDatabase } from "./connection.ts";
import { makeCheckpointSchema, makeTables } from "./setup.ts";
import { removeTables } from "./teardown.ts";

export { openReceiver } from "./receiver.ts";

type Verbs = Required<Destination<Config>>;

const MINIMUM_VERSION = 130_000;

/** The states of pipelines, in the schema beside the tables. */
export const checkpoints: Required<Checkpoints<Config>> = {
  get: (config, pipelineId) =>
    withStore(config, (client, store) =>
      inTransaction(client, config, async () => (await store.states(client, pipelineId)).map(stateLine)),
    ),
  history: (config, pipelineId) =>
    withStore(config, (client, store) =>
      inTransaction(client, config, async () => (await store.history(client, pipelineId)).map(historyLine)),
    ),
  set: (config, { pipelineId, states }) =>
    withStore(config, (client, store) =>
      inTransaction(client, config, async () => {
        const epoch = await store.takeEpoch(client, pipelineId);
        await store.clear(client, pipelineId);
        for (const state of states) await store.put(client, { pipelineId, epoch, state });
      }),
    ),
  clear: (config, pipelineId) =>
    withStore(config, (client, store) =>
      inTransaction(client, config, async () => {
        await store.takeEpoch(client, pipelineId);
        await store.clear(client, pipelineId);
      }),
    ),
};

/** Resolves to where tables would go, as whom. Throws what stands against it, with what to do. */
export const check: Verbs["check"] = (config) =>
  withDatabase(config, "checking the database", (client) =>
    inTransaction(client, config, () => findOut(config, client)),
  );

/** Makes schemas and tables; resolves to the statements. */
export const setup: Verbs["setup"] = (config, { streams, dryRun }) =>
  withDatabase(
    config,
    "setting up tables",
    async (client) => (await makeTables(client, { config, streams, dryRun })).statements,
  );

/** Removes tables, with what is kept beside them; resolves to the statements. */
export const teardown: Verbs["teardown"] = (config, options) =>
  withDatabase(config, "removing tables", (client) => removeTables(client, { config, ...options }));

type Facts = {
  version_number: string;
  version: string;
  database: string;
  role: string;
  can_create: boolean;
  can_use: boolean | null;
};

async function findOut(config: Config, client: PoolClient): Promise<{ message: string }> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version_num') AS version_number, current_setting('server_version') AS version,
            current_database() AS database, current_user AS role,
            has_database_privilege(current_database(), 'CREATE') AS can_create,
            (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = $1) AS can_use`,
    [config.schema],
  );
  const facts = rows[0] as Facts;
  if (Number(facts.version_number) < MINIMUM_VERSION) {
    throw new SluiceError("config", `The database is Postgres ${facts.version}; Postgres 13 or newer is needed.`);
  }
  if (facts.can_use === false || (facts.can_use === null && !facts.can_create)) {
    const grant = facts.can_use === null ? `ON DATABASE "${facts.database}"` : `ON SCHEMA "${config.schema}"`;
    throw new SluiceError(
      "permission",
      `The role "${facts.role}" may not create tables in the schema "${config.schema}"; run: GRANT CREATE ${grant} TO "${facts.role}".`,
    );
  }
  return {
    message: `Connected to the database "${facts.database}" (Postgres ${facts.version}) as "${facts.role}"; tables go to the schema "${config.schema}".`,
  };
}

function withStore<T>(config: Config, work: (client: PoolClient, store: CheckpointStore) => Promise<T>): Promise<T> {
  return withDatabase(config, "reading checkpoints", async (client) => {
    return work(client, await makeCheckpointSchema(client, config));
  });
}
