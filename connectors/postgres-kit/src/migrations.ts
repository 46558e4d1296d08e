import { createHash } from "node:crypto";
import { DatabaseError, type ClientBase } from "pg";
import { PostgresKitError } from "./errors.ts";
import { quoteIdentifier } from "./identifiers.ts";

/** A step that is taken once for each schema: `id` counts from 1 without gaps, `sql` runs with the schema first in `search_path`. */
export interface Migration {
  id: number;
  name: string;
  sql: string;
}

/**
 * The schema that the migrations make and keep, and all of them, oldest first. Where several subjects share a schema,
 * each has a `ledger` of its own: the table that tells which of its migrations were applied.
 */
export interface MigrateOptions {
  schema: string;
  migrations: readonly Migration[];
  ledger?: string;
}

/** A connection that is lost, a server that restarts, a deadlock: the same migration may succeed another time. */
const passing = /^(08|40|53|55006|55P03|57)/;

interface AppliedMigration {
  id: number;
  name: string;
  checksum: string;
}

/**
 * Resolves to the ids that were applied now (none if the schema was up to date): all in one transaction or none.
 * Callers on other connections wait for each other. `client` must not be in a transaction.
 * Throws `migration_changed`, `migrations_newer` and `migration_failed`, and what passes by itself, such as a lost
 * connection, as it came; the schema is then as it was.
 */
export async function migrate(client: ClientBase, options: MigrateOptions): Promise<number[]> {
  const { schema, migrations, ledger = "migrations" } = options;
  checkNumbering(migrations);
  await client.query("BEGIN");
  try {
    // The statements are the program's own and small, whatever limit the connection sets for its loads.
    await client.query("SET LOCAL statement_timeout = 0; SET LOCAL search_path = pg_catalog");
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`sluice.migrations.${schema}`]);
    const pending = pendingOf(await appliedIn(client, { schema, ledger }), { schema, migrations });
    if (pending.length > 0) await apply(client, { schema, migrations: pending, ledger });
    await client.query("COMMIT");
    return pending.map(({ id }) => id);
  } catch (error) {
    // The reason is what counts; a connection that broke has rolled back by itself.
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

function checkNumbering(migrations: readonly Migration[]): void {
  const wrong = migrations.find(({ id }, index) => id !== index + 1);
  if (wrong !== undefined) {
    throw new PostgresKitError(
      "migrations_invalid",
      `Migration ${wrong.id} (${wrong.name}) is out of order; number migrations 1, 2, 3 … without gaps.`,
    );
  }
}

async function appliedIn(
  client: ClientBase,
  { schema, ledger }: { schema: string; ledger: string },
): Promise<AppliedMigration[]> {
  // Only the first run may need the right to create a schema, so look before creating.
  const table = `${quoteIdentifier(schema)}.${quoteIdentifier(ledger)}`;
  const { rows: found } = await client.query("SELECT to_regclass($1) IS NOT NULL AS exists", [table]);
  if (found[0]?.exists !== true) return [];
  const { rows } = await client.query<AppliedMigration>(`SELECT id, name, checksum FROM ${table} ORDER BY id`);
  return rows;
}

function pendingOf(applied: readonly AppliedMigration[], { schema, migrations }: MigrateOptions): readonly Migration[] {
  for (const { id, name, checksum } of applied) {
    const known = migrations[id - 1];
    if (known === undefined) {
      throw new PostgresKitError(
        "migrations_newer",
        `The schema "${schema}" was made by a newer version of this program: migration ${id} (${name}) is unknown here. Install the newer version, or use another schema.`,
      );
    }
    if (checksumOf(known) !== checksum) {
      throw new PostgresKitError(
        "migration_changed",
        `Migration ${id} (${known.name}) of the schema "${schema}" is not the one that was applied there. Restore its SQL as it was and put the change into a new migration.`,
      );
    }
  }
  return migrations.slice(applied.length);
}

async function apply(client: ClientBase, { schema, migrations, ledger }: Required<MigrateOptions>): Promise<void> {
  const name = quoteIdentifier(schema);
  const table = `${name}.${quoteIdentifier(ledger)}`;
  const { rows: found } = await client.query("SELECT to_regnamespace($1) IS NOT NULL AS exists", [name]);
  if (found[0]?.exists !== true) await client.query(`CREATE SCHEMA ${name}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${table} (
       id integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  for (const migration of migrations) {
    await client.query(`SET LOCAL search_path = ${name}, pg_catalog`);
    try {
      await client.query(migration.sql);
    } catch (cause) {
      if (!(cause instanceof DatabaseError) || passing.test(cause.code ?? "")) throw cause;
      throw new PostgresKitError(
        "migration_failed",
        `Migration ${migration.id} (${migration.name}) of the schema "${schema}" failed and was rolled back: ${cause.message}`,
        { cause },
      );
    }
    await client.query(`INSERT INTO ${table} (id, name, checksum) VALUES ($1, $2, $3)`, [
      migration.id,
      migration.name,
      checksumOf(migration),
    ]);
  }
}

function checksumOf({ sql }: Migration): string {
  return createHash("sha256").update(sql).digest("hex");
}
