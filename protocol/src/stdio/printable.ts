import { stripVTControlCharacters } from "node:util";

/** What moves a terminal's cursor, or turns the order of what is read, and shows nothing itself. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const LINE_END = /\r?\n/;
/** Begins each line but the first, so that no text of somebody else looks like a line of ours. */
const CONTINUED = "\n  | ";

/**
 * Yields a text from outside as it may stand on a terminal or in a log: colours and other sequences are taken out,
 * other control characters are spelled as `\u001b`, and lines behind the first are marked as belonging to it.
 */
export function printable(text: string): string {
  return text
    .split(LINE_END)
    .map((line) => escapeControls(stripVTControlCharacters(line)))
    .join(CONTINUED);
}

/** Yields a text with its control characters, all but tabs, spelled as JSON and YAML spell them: `\u001b`. */
export function escapeControls(text: string): string {
  return text.replaceAll(UNSEEN, (character) =>
    character === "\t" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
