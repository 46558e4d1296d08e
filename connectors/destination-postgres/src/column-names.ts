import { createHash } from "node:crypto";
import { truncateIdentifier } from "@sluice/postgres-kit";

/** Columns of ours, in any mode; a property never gets one of these names. */
const OWN_NAMES: readonly string[] = [
  "_raw",
  "_extra",
  "_version",
  "_content_hash",
  "_deleted_version",
  "_deleted_at",
  "_valid_to",
  "_synced_at",
];
const SYSTEM_NAMES = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];
const HASH_LENGTH = 8;

/**
 * Yields the column name of each property, in their order: the property's own, with a trailing underscore where it is
 * ours or the system's, cut where it is too long. A property that keeps its name has the first right to it; of others
 * that would share one, each gets a hash of its own name, whatever order they come in.
 * What Postgres cannot name is left out, and stays in `_raw` or `_extra` alone.
 */
export function columnNames(properties: readonly string[]): Map<string, string> {
  const nameable = properties.filter((name) => name !== "" && !name.includes("\0") && name.isWellFormed());
  const plain = new Map(nameable.map((property) => [property, plainName(property)]));
  const uses = new Map<string, number>();
  for (const name of plain.values()) uses.set(name, (uses.get(name) ?? 0) + 1);
  return new Map(
    [...plain].map(([property, name]) => {
      const isAlone = name === property || uses.get(name) === 1;
      return [property, isAlone ? name : truncateIdentifier(`${name}_${hashOf(property)}`)];
    }),
  );
}

/** A name that is taken gets a trailing underscore, and so does one that already ends in some. */
function plainName(property: string): string {
  const base = property.replace(/_+$/, "");
  const isTaken = base !== "" && (OWN_NAMES.includes(base) || SYSTEM_NAMES.includes(base));
  return truncateIdentifier(isTaken ? `${property}_` : property);
}

function hashOf(property: string): string {
  return createHash("sha256").update(property).digest("hex").slice(0, HASH_LENGTH);
}
