import { quoteIdentifier } from "@sluice/postgres-kit";
import { qualifiedName, quoteLiteral, type Table } from "../table.ts";

/** A table to write to, and the quoted schema with what is kept beside it. */
export type Target = { table: Table; beside: string };

/** Yields the target for a table. */
export function targetOf(table: Table, checkpointSchema: string): Target {
  return { table, beside: quoteIdentifier(checkpointSchema) };
}

/** Yields the name, as a literal, by which a table is known in what is kept beside it. */
export function relationLiteral(table: Table): string {
  return quoteLiteral(qualifiedName(table));
}

/** Yields the columns that a record's object fills, each with its expression over the jsonb value `object`. */
export function objectColumns({ keys, columns, own }: Table, withKeys: boolean): { name: string; value: string }[] {
  const filled = withKeys ? [...keys, ...columns] : columns;
  return [
    ...filled.map(({ name, property, type }) => ({
      name: quoteIdentifier(name),
      value: type.expression("object", quoteLiteral(property)),
    })),
    ...wholeObject(
      [...keys, ...columns].map(({ property }) => property),
      own,
    ),
  ];
}

function wholeObject(properties: readonly string[], own: Table["own"]): { name: string; value: string }[] {
  // which of the two is kept is the first of them; the other is of an earlier configuration
  const kept = Object.keys(own).find((name) => name === "_raw" || name === "_extra");
  const rest = `NULLIF(object - ARRAY[${properties.map(quoteLiteral).join(", ")}]::text[], '{}'::jsonb)`;
  return ["_raw", "_extra"]
    .filter((name) => name in own)
    .map((name) => ({ name, value: name !== kept ? "NULL::jsonb" : name === "_raw" ? "object" : rest }));
}
