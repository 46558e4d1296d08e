import { SluiceError } from "@sluice/protocol";
import type { RecordLine } from "@sluice/protocol/stdio";
import { scanMembers } from "@sluice/protocol/stdio";
import { cellOf, type CellInput, type Kind } from "./cell.ts";

/** The cells of a record by property, and how many of them do not hold all that came. */
export type RecordCells = { cells: Map<string, CellInput>; altered: number };

/** Yields the cells of a record. Throws `protocol` for data that is not JSON. */
export function recordCells(record: RecordLine, kinds: ReadonlyMap<string, Kind>): RecordCells {
  const properties = Object.keys(parsed(record));
  const tokens = scanMembers(record.data, properties) ?? [];
  const cells = new Map<string, CellInput>();
  let altered = 0;
  for (const [index, property] of properties.entries()) {
    const token = tokens[index]?.toString() ?? "null";
    const { value, isAltered } = cellOf(token, kinds.get(property) ?? "plain");
    cells.set(property, value);
    if (isAltered) altered += 1;
  }
  return { cells, altered };
}

/** Yields a record's data as JavaScript has it, for a person. Throws `protocol` for what is not JSON. */
export function parsed({ data, stream, lineNumber }: RecordLine): Record<string, unknown> {
  try {
    return JSON.parse(data.toString());
  } catch {
    // the parser's message would quote the record
    throw new SluiceError(
      "protocol",
      `Line ${lineNumber} of the input is a record of "${stream}" whose data is not valid JSON; the source must be fixed.`,
    );
  }
}
