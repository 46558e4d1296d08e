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
    fromStore(config, async (client, store) => (await store.states(client, pipelineId)).map(stateLine)),
  history: (config, pipelineId) =>
    fromStore(config, async (client, store) => (await store.history(client, pipelineId)).map(historyLine)),
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
  schema: string;
  may_make: boolean;
  /** Null for a schema that is not there. */
  may_create: boolean | null;
  may_use: boolean | null;
};

async function findOut(config: Config, client: PoolClient): Promise<{ message: string }> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version_num') AS version_number, current_setting('server_version') AS version,
            current_database() AS database, current_user AS role, wanted.name AS schema,
            has_database_privilege(current_database(), 'CREATE') AS may_make,
            has_schema_privilege(n.oid, 'CREATE') AS may_create, has_schema_privilege(n.oid, 'USAGE') AS may_use
       FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, number)
       LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name ORDER BY number`,
    [[config.schema, config.checkpoint_schema]],
  );
  const [tables, states] = rows as [Facts, Facts];
  if (Number(tables.version_number) < MINIMUM_VERSION) {
    throw new SluiceError("config", `The database is Postgres ${tables.version}; Postgres 13 or newer is needed.`);
  }
  assertGranted(tables, "tables", tables.may_create !== false);
  // what is in it was made by whoever made it
  assertGranted(states, "checkpoints", true);
  return {
    message: `Connected to the database "${tables.database}" (Postgres ${tables.version}) as "${tables.role}"; tables go to the schema "${config.schema}".`,
  };
}

function assertGranted({ schema, database, role, may_make, may_use }: Facts, what: string, mayCreate: boolean): void {
  if (may_use === null ? may_make : may_use && mayCreate) return;
  const grant =
    may_use === null
      ? `CREATE ON DATABASE "${database}"`
      : `${[...(mayCreate ? [] : ["CREATE"]), ...(may_use ? [] : ["USAGE"])].join(", ")} ON SCHEMA "${schema}"`;
  throw new SluiceError(
    "permission",
    `The role "${role}" may not keep ${what} in the schema "${schema}"; run: GRANT ${grant} TO "${role}".`,
  );
}

/** Resolves to lines that are read; none, and nothing is made, where nothing was ever stored. */
function fromStore(
  config: Config,
  read: (client: PoolClient, store: CheckpointStore) => Promise<string[]>,
): Promise<string[]> {
  return withDatabase(config, "reading checkpoints", async (client) => {
    const { rowCount } = await client.query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", [
      config.checkpoint_schema,
    ]);
    if (rowCount === 0) return [];
    const store = await makeCheckpointSchema(client, config);
    return inTransaction(client, config, () => read(client, store));
  });
}

function withStore<T>(config: Config, work: (client: PoolClient, store: CheckpointStore) => Promise<T>): Promise<T> {
  return withDatabase(config, "reading checkpoints", async (client) => {
    return work(client, await makeCheckpointSchema(client, config));
  });
}
