import type { ConfiguredStream } from "@sluice/protocol";
import { migrate } from "@sluice/postgres-kit";
import { CheckpointStore } from "@sluice/postgres-kit/checkpoints";
import type { ClientBase } from "pg";
import type { Config } from "./config.ts";
import { inTransaction } from "./connection.ts";
import { planTables, type Plan } from "./ddl.ts";
import { loadMigrations } from "./load-migrations.ts";
import { tableOf } from "./table.ts";

type SetupOptions = { config: Config; streams: readonly ConfiguredStream[]; dryRun?: boolean };

/**
 * Resolves to what the tables of the streams needed, all carried out in one transaction, or only planned with
 * `dryRun`. Processes that do it at the same time wait for each other.
 */
export async function makeTables(client: ClientBase, { config, streams, dryRun = false }: SetupOptions): Promise<Plan> {
  const tables = streams.map((configured) => tableOf(configured, config));
  return inTransaction(client, config, async () => {
    await lockTables(client, config);
    const plan = await planTables(client, tables);
    if (!dryRun) for (const statement of plan.statements) await client.query(statement);
    return plan;
  });
}

/** Waits until nobody else changes tables of the schema; until the end of the transaction nobody else does. */
export async function lockTables(client: ClientBase, { schema }: Config): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`sluice.tables.${schema}`]);
}

/** Makes the schema of the checkpoints and of what is kept beside the tables, or brings it up to date. */
export async function makeCheckpointSchema(client: ClientBase, config: Config): Promise<CheckpointStore> {
  const store = new CheckpointStore(config.checkpoint_schema);
  await store.migrate(client);
  const ledger = "load_migrations";
  await migrate(client, { schema: config.checkpoint_schema, migrations: loadMigrations, ledger });
  return store;
}
