import { memberScanner } from "@sluice/protocol/stdio";

/** The text of each key column, as bytes; or, in words that do not quote the record, why it has no key. */
export type RecordKey = { keys: Buffer[]; problem?: never } | { keys: []; problem: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const LETTER_N = 0x6e;
const NO_KEY: RecordKey = { keys: [] };
const UNSTORABLE = Buffer.from("unstorable");

/** Yields what takes the key out of a record's object, by a scan for the given properties. */
export function keyScanner(properties: readonly string[]): (data: Buffer) => RecordKey {
  // whatever goes to the server without a key is parsed there
  if (properties.length === 0) return () => NO_KEY;
  const scan = memberScanner(properties);
  return (data) => {
    const tokens = scan(data);
    if (tokens === undefined) return { keys: [], problem: "it is not one whole object" };
    const keys: Buffer[] = [];
    for (let index = 0; index < tokens.length; index += 1) {
      const text = scalarText(tokens[index]);
      if (text === undefined)
        return { keys: [], problem: `its key "${properties[index]}" is missing, null or not a scalar` };
      if (text === UNSTORABLE)
        return { keys: [], problem: `its key "${properties[index]}" holds a character that Postgres cannot store` };
      keys.push(text);
    }
    return { keys };
  };
}

/** A view where nothing is escaped. */
function scalarText(token: Buffer | undefined): Buffer | undefined {
  const first = token?.[0];
  if (token === undefined || first === OPEN_BRACE || first === OPEN_BRACKET || first === LETTER_N) return undefined;
  if (first !== QUOTE) return token;
  return token.includes(BACKSLASH) ? unescaped(token) : token.subarray(1, -1);
}

function unescaped(token: Buffer): Buffer | undefined {
  try {
    const text = String(JSON.parse(token.toString()));
    return text.includes("\0") || !text.isWellFormed() ? UNSTORABLE : Buffer.from(text);
  } catch {
    // whoever parses the whole record says where it is broken
    return undefined;
  }
}
