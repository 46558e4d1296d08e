import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import { quoteIdentifier, truncateIdentifier } from "@sluice/postgres-kit";
import type { ClientBase } from "pg";
import type { Config } from "./config.ts";
import { assertOurs, planNextTable, planTables } from "./ddl.ts";
import { existingTables } from "./existing-table.ts";
import { moveBeside } from "./sql/seen-sql.ts";
import { targetOf } from "./sql/target.ts";
import { qualifiedName, type Table } from "./table.ts";

/** The full refresh that a replaced table is about to show, and where its rows are until then. */
export type Generation = { id: string; live: Table; next: Table };

/** Yields the table in which the next generation of a table's rows is gathered. */
export function nextTableOf(live: Table): Table {
  return { ...live, name: truncateIdentifier(`_sluice_next_${live.name}`) };
}

/**
 * Resolves to the generation that is being loaded, its table made, or continued where an earlier run was interrupted;
 * undefined when the table shows this very generation already, so that later records merge into it.
 * Rows of a generation that was given up are dropped.
 */
export async function openGeneration(
  client: ClientBase,
  { live, id, config }: { live: Table; id: string; config: Config },
): Promise<Generation | undefined> {
  const generations = generationsTable(config);
  const next = nextTableOf(live);
  const { rows } = await client.query<{ generation_id: string; is_placed: boolean }>(
    `SELECT generation_id, is_placed FROM ${generations} WHERE relation = $1`,
    [qualifiedName(live)],
  );
  const known = rows[0];
  if (known?.generation_id === id && known.is_placed) return undefined;
  const [found] = (await existingTables(client, [next])).values();
  if (known?.generation_id === id) {
    if (found === undefined) throw lost(live, next);
    const { statements, tables } = await planTables(client, [next]);
    for (const statement of statements) await client.query(statement);
    return { id, live, next: tables[0] ?? next };
  }
  if (found !== undefined) assertOurs(next, found);
  await client.query(`DROP TABLE IF EXISTS ${qualifiedName(next)}`);
  for (const statement of await planNextTable(client, next)) await client.query(statement);
  for (const statement of moveBeside(targetOf(next, config.checkpoint_schema), { from: next, to: next }))
    await client.query(statement);
  await client.query(
    `INSERT INTO ${generations} (relation, generation_id, is_placed) VALUES ($1, $2, false)
     ON CONFLICT (relation) DO UPDATE SET generation_id = excluded.generation_id, is_placed = false`,
    [qualifiedName(live), id],
  );
  return { id, live, next };
}

/**
 * Puts the rows of a generation in place of the old ones, inside the transaction of the last of them. The table is
 * renamed where nothing depends on the old one; where views, policies, publications or indexes do, or it has columns
 * of its own, its rows are replaced instead, so that all of those stay.
 */
export async function placeGeneration(client: ClientBase, { live, next }: Generation, config: Config): Promise<void> {
  const [liveName, nextName] = [qualifiedName(live), qualifiedName(next)];
  await client.query(`LOCK TABLE ${liveName} IN SHARE ROW EXCLUSIVE MODE`);
  if (await isPlain(client, { live, next })) {
    const grants = await grantsOf(client, live);
    await client.query(`DROP TABLE ${liveName}; ALTER TABLE ${nextName} RENAME TO ${quoteIdentifier(live.name)}`);
    for (const grant of grants) await client.query(grant);
  } else {
    const columns = [...live.keys, ...live.columns].map(({ name }) => name).concat(Object.keys(live.own));
    const list = columns.map(quoteIdentifier).join(", ");
    await client.query(
      `DELETE FROM ${liveName}; INSERT INTO ${liveName} (${list}) SELECT ${list} FROM ${nextName}; DROP TABLE ${nextName}`,
    );
  }
  for (const statement of moveBeside(targetOf(live, config.checkpoint_schema), { from: next, to: live }))
    await client.query(statement);
  await client.query(`UPDATE ${generationsTable(config)} SET is_placed = true WHERE relation = $1`, [liveName]);
}

/**
 * Yields the generation that a stream's run is of. Throws `config` when none is named although the source continues:
 * then nobody knows which rows belong together.
 */
export function generationIdOf(
  { stream, generation_id: id }: ConfiguredStream,
  { isResumed, startedAt }: { isResumed: boolean; startedAt: string },
): string {
  if (id !== undefined) return id;
  if (!isResumed) return `started ${startedAt}`;
  throw new SluiceError(
    "config",
    `The stream "${stream.name}" continues a full refresh that has no generation_id, so it cannot be told from a new one; start it from its beginning, or give its configured stream a generation_id.`,
  );
}

function generationsTable({ checkpoint_schema }: Config): string {
  return `${quoteIdentifier(checkpoint_schema)}.generations`;
}

function lost({ stream }: Table, next: Table): SluiceError {
  return new SluiceError(
    "system",
    `The rows of the interrupted refresh of "${stream}" are gone (table ${qualifiedName(next)}); start a new one.`,
  );
}

/** Everything that refers to a table is in pg_depend, whatever kind it is of; its own key, type and toast do not count. */
async function isPlain(client: ClientBase, { live, next }: Pick<Generation, "live" | "next">): Promise<boolean> {
  const { rows } = await client.query<{ is_plain: boolean }>(
    `SELECT live.relowner = next.relowner AND live.relkind = 'r' AND NOT live.relispartition
            AND live.reloptions IS NOT DISTINCT FROM next.reloptions AND NOT live.relrowsecurity
            AND live.relreplident = next.relreplident
            AND NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = live.oid AND attacl IS NOT NULL)
            AND NOT EXISTS (
              SELECT 1 FROM pg_depend d
               WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = live.oid
                 AND NOT (d.classid = 'pg_type'::regclass AND d.objid = live.reltype)
                 AND NOT (d.classid = 'pg_class'::regclass AND d.objid = live.reltoastrelid)
                 AND NOT (d.classid = 'pg_constraint'::regclass AND d.objid IN (
                   SELECT oid FROM pg_constraint WHERE conrelid = live.oid AND contype IN ('p', 'n'))))
            AND NOT EXISTS (
              SELECT 1 FROM pg_depend d JOIN pg_type y ON y.oid = d.refobjid
               WHERE d.refclassid = 'pg_type'::regclass AND y.oid = live.reltype AND d.deptype = 'n')
            AND NOT EXISTS (
              (SELECT attname, atttypid, atttypmod FROM pg_attribute WHERE attrelid = live.oid AND attnum > 0 AND NOT attisdropped)
              EXCEPT
              (SELECT attname, atttypid, atttypmod FROM pg_attribute WHERE attrelid = next.oid AND attnum > 0 AND NOT attisdropped))
            AS is_plain
       FROM pg_class live, pg_class next WHERE live.oid = to_regclass($1) AND next.oid = to_regclass($2)`,
    [qualifiedName(live), qualifiedName(next)],
  );
  return rows[0]?.is_plain === true;
}

/** Yields the statements that give a new table of the same name the grants of the old one. */
async function grantsOf(client: ClientBase, table: Table): Promise<string[]> {
  const name = qualifiedName(table);
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, $1::text,
              CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
              CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
       FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
      WHERE c.oid = to_regclass($1) AND a.grantee <> c.relowner`,
    [name],
  );
  return rows.map(({ statement }) => statement);
}
