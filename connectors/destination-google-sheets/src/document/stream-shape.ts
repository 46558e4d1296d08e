import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import { kindOf, type Kind } from "../value/cell.ts";

/** A stream as a tab sees it. */
export type StreamShape = {
  name: string;
  mode: "merge" | "append" | "overwrite";
  keyProperties: readonly string[];
  /** Properties in the order of their columns, the key first, with how they are shown. */
  kinds: ReadonlyMap<string, Kind>;
  generationId: string | undefined;
  /** How many rows the stream is known to have at most, or is said to have; undefined when nobody knows. */
  expectedRows: number | undefined;
};

/** Yields the shape of a stream; throws `config` for a mode that a spreadsheet has not. */
export function shapeOf({ stream, destination_mode: mode, generation_id, limit }: ConfiguredStream): StreamShape {
  const keyProperties = stream.primary_key ?? [];
  if (mode === "history")
    throw refusal(stream.name, "asks for history, and a spreadsheet keeps the newest rows only; use merge or append");
  if (mode === "merge" && keyProperties.length === 0)
    throw refusal(stream.name, "has no primary key to find its rows by; use append or overwrite");
  const { properties } = stream.json_schema;
  const schemas = typeof properties === "object" && properties !== null ? Object.entries(properties) : [];
  const kinds = new Map<string, Kind>(keyProperties.map((property) => [property, "key"]));
  for (const [property, schema] of schemas) if (!kinds.has(property)) kinds.set(property, kindOf(schema));
  const estimated = stream.metadata?.["estimated_rows"];
  const known = [limit, typeof estimated === "number" ? estimated : undefined].filter((rows) => rows !== undefined);
  return {
    name: stream.name,
    mode,
    keyProperties,
    kinds,
    generationId: generation_id,
    expectedRows: known.length === 0 ? undefined : Math.min(...known),
  };
}

/** Tells whether a record that comes twice becomes two rows. */
export function isAppended({ mode, keyProperties }: Pick<StreamShape, "mode" | "keyProperties">): boolean {
  return mode === "append" || (mode === "overwrite" && keyProperties.length === 0);
}

function refusal(stream: string, why: string): SluiceError {
  return new SluiceError("config", `The stream "${stream}" ${why}, or leave it out.`, { stream });
}
