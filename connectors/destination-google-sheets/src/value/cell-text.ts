/** What Google lets a cell hold, in UTF-16 units. */
const MOST_CHARACTERS = 50_000;

const CUT = "… [cut, of ";

/** A text as a cell can hold it; `isAltered` when it is not what came. */
export type CellText = { text: string; isAltered: boolean };

/**
 * Yields a text that fits a cell: a longer one is cut and says so at its end; what no spreadsheet can store, U+0000 and
 * half of a surrogate pair, becomes U+FFFD.
 */
export function cellText(text: string): CellText {
  const storable = text.toWellFormed().replaceAll("\0", "\uFFFD");
  if (storable.length <= MOST_CHARACTERS) return { text: storable, isAltered: storable !== text };
  const note = `${CUT}${text.length} characters]`;
  return { text: storable.slice(0, MOST_CHARACTERS - note.length).toWellFormed() + note, isAltered: true };
}

/** Yields the pieces of a text of which each fits a cell, cut between characters. */
export function cellPieces(text: string, most: number = MOST_CHARACTERS): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + most);
    // half of a pair is no text by itself
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
