import { SluiceError } from "@sluice/protocol";
import type { ClientBase, Connection, FieldDef, Submittable } from "pg";

/** A column of an answer; `type` as Postgres writes it. */
export type Column = { name: string; type: string };

/**
 * Resolves to the columns that a statement would answer. It is parsed, and neither planned nor carried out. Throws what is
 * wrong with it, and `config` when it is more than one statement or answers no rows.
 */
export async function describedColumns(client: ClientBase, sql: string): Promise<Column[]> {
  const { fields } = await client.query(new Description(sql)).done;
  if (fields === undefined)
    throw new SluiceError("config", "This statement answers no rows; only what reads can be asked here.");
  const { rows } = await client.query<{ type: string }>(
    `SELECT pg_catalog.format_type(oid, modifier) AS type
       FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS field (oid, modifier, place) ORDER BY place`,
    [fields.map(({ dataTypeID }) => dataTypeID), fields.map(({ dataTypeModifier }) => dataTypeModifier)],
  );
  return fields.map(({ name }, index) => ({ name, type: rows[index]?.type ?? "unknown" }));
}

/** Has a statement parsed and described by the extended protocol, which takes one statement and no more. */
class Description implements Submittable {
  readonly #sql: string;
  readonly #ended = Promise.withResolvers<{ fields: FieldDef[] | undefined }>();
  #fields: FieldDef[] | undefined;

  constructor(sql: string) {
    this.#sql = sql;
  }

  get done(): Promise<{ fields: FieldDef[] | undefined }> {
    return this.#ended.promise;
  }

  submit(connection: Connection): void {
    connection.parse({ name: "", text: this.#sql, types: [] }, true);
    connection.describe({ type: "S", name: "" }, true);
    connection.sync();
  }

  // what follows is called by the driver, as the answers arrive

  handleRowDescription({ fields }: { fields: FieldDef[] }): void {
    this.#fields = fields;
  }

  handleError(error: Error): void {
    this.#ended.reject(error);
  }

  handleReadyForQuery(): void {
    this.#ended.resolve({ fields: this.#fields });
  }
}
