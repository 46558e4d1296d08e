import { scanMembers } from "@sluice/protocol/stdio";

/** Longer keys are no keys that somebody would look for, and the cell of a deleted row has to hold all of them. */
const MOST_KEY_CHARACTERS = 10_000;

/** The texts of a record's key columns; or, in words that do not quote the record, why it has no key. */
export type RecordKey = { texts: string[]; problem?: never } | { texts?: never; problem: string };

/** Yields the key of a record's object. */
export function recordKey(data: Buffer, properties: readonly string[]): RecordKey {
  const tokens = scanMembers(data, properties) ?? properties.map(() => undefined);
  const texts: string[] = [];
  for (const [index, token] of tokens.entries()) {
    const property = properties[index] ?? "";
    const text = token === undefined ? undefined : scalarText(token.toString());
    if (text === undefined) return { problem: `its key "${property}" is missing, null or not a scalar` };
    if (text.includes("\0") || !text.isWellFormed())
      return { problem: `its key "${property}" holds a character that a spreadsheet cannot store` };
    texts.push(text);
  }
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length > MOST_KEY_CHARACTERS) return { problem: `its key is longer than ${MOST_KEY_CHARACTERS} characters` };
  return { texts };
}

/** Yields one text for the texts of a key, the same wherever it comes from. */
export function keyText(texts: readonly string[]): string {
  return JSON.stringify(texts);
}

function scalarText(token: string): string | undefined {
  const [first] = token;
  if (first === "{" || first === "[" || token === "null") return undefined;
  return first === '"' ? String(JSON.parse(token)) : token;
}
