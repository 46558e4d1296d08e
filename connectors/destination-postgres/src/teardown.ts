import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import { quoteIdentifier } from "@sluice/postgres-kit";
import type { ClientBase } from "pg";
import type { Config } from "./config.ts";
import { inTransaction } from "./connection.ts";
import { tableComment } from "./ddl.ts";
import { existingTables } from "./existing-table.ts";
import { nextTableOf } from "./generation.ts";
import { makeCheckpointSchema, lockTables } from "./setup.ts";
import { qualifiedName, quoteLiteral, tableOf, type Table } from "./table.ts";

export type TeardownOptions = {
  config: Config;
  streams: readonly ConfiguredStream[];
  pipelineId: string | undefined;
  dryRun: boolean;
};

/**
 * Resolves to the statements that remove the tables of the streams and what is kept beside them, carried out in one
 * transaction unless `dryRun`. A table that is not of our making is refused, and one that others depend on fails.
 */
export async function removeTables(client: ClientBase, options: TeardownOptions): Promise<string[]> {
  const { config, streams, pipelineId, dryRun } = options;
  const store = dryRun ? undefined : await makeCheckpointSchema(client, config);
  return inTransaction(client, config, async () => {
    await lockTables(client, config);
    const statements = await planRemoval(
      client,
      streams.map((configured) => tableOf(configured, config)),
      config,
    );
    if (store === undefined) return statements;
    for (const statement of statements) await client.query(statement);
    if (pipelineId !== undefined) {
      await store.takeEpoch(client, pipelineId);
      await store.clear(client, pipelineId);
    }
    return statements;
  });
}

async function planRemoval(client: ClientBase, tables: readonly Table[], config: Config): Promise<string[]> {
  const beside = quoteIdentifier(config.checkpoint_schema);
  const existing = await existingTables(client, [...tables, ...tables.map(nextTableOf)]);
  return tables.flatMap((table) => {
    const [name, next] = [qualifiedName(table), qualifiedName(nextTableOf(table))];
    const found = existing.get(name);
    if (found !== undefined && found.comment !== tableComment(table)) throw foreign(table, name);
    const relations = `(${quoteLiteral(name)}, ${quoteLiteral(next)})`;
    return [
      ...(found === undefined ? [] : [`DROP TABLE ${name}`]),
      ...(existing.has(next) ? [`DROP TABLE ${next}`] : []),
      ...["seen", "tombstones", "generations"].map(
        (kept) => `DELETE FROM ${beside}.${kept} WHERE relation IN ${relations}`,
      ),
    ];
  });
}

function foreign({ stream }: Table, name: string): SluiceError {
  return new SluiceError(
    "config",
    `The table ${name} does not say that it was made for the stream "${stream}"; if it may go, drop it yourself.`,
  );
}
