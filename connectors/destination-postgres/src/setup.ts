import type { ConfiguredStream } from "@sluice/protocol";
import type { ClientBase } from "pg";
import type { Config } from "./config.ts";
import { inTransaction } from "./connection.ts";
import { planTables } from "./ddl.ts";
import { tableOf } from "./table.ts";

type SetupOptions = { config: Config; streams: readonly ConfiguredStream[]; dryRun?: boolean };

/**
 * Resolves to the statements that the tables of the streams needed, all carried out in one transaction, or none with
 * `dryRun`. Processes that do it at the same time wait for each other.
 */
export async function makeTables(
  client: ClientBase,
  { config, streams, dryRun = false }: SetupOptions,
): Promise<string[]> {
  const tables = streams.map((configured) => tableOf(configured, config.schema));
  return inTransaction(client, async () => {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`sluice.tables.${config.schema}`]);
    const statements = await planTables(client, tables);
    if (!dryRun) for (const statement of statements) await client.query(statement);
    return statements;
  });
}
