import { scanMembers } from "@sluice/protocol/stdio";

/** The text of each key column; or, in words that do not quote the record, why it has no key. */
export type RecordKey = { keys: string[]; problem?: never } | { keys: []; problem: string };

/** Yields the key of a record's object, taken out by a scan for the given properties. */
export function recordKey(data: Buffer, properties: readonly string[]): RecordKey {
  const tokens = scanMembers(data, properties);
  if (tokens === undefined) return { keys: [], problem: "it is not one whole object" };
  const keys: string[] = [];
  for (const [index, token] of tokens.entries()) {
    const text = token === undefined ? undefined : scalarText(token);
    if (text === undefined)
      return { keys: [], problem: `its key "${properties[index]}" is missing, null or not a scalar` };
    if (text.includes("\0") || !text.isWellFormed())
      return { keys: [], problem: `its key "${properties[index]}" holds a character that Postgres cannot store` };
    keys.push(text);
  }
  return { keys };
}

function scalarText(token: Buffer): string | undefined {
  const text = token.toString();
  const first = text[0];
  if (first !== '"') return first === "{" || first === "[" || text === "null" ? undefined : text;
  if (!text.includes("\\")) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    // whoever parses the whole record says where it is broken
    return undefined;
  }
}
