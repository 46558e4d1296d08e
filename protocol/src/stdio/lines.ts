import { SluiceError } from "../failure.ts";
import { LineSplitter } from "./line-splitter.ts";
import { parseLine, type Line } from "./line.ts";

/** Lines that end in the middle of one. Why they do, whoever knows how their program ended knows better. */
export class CutLine extends SluiceError {
  override readonly name = "CutLine";

  constructor(message: string) {
    super("protocol", message);
  }
}

/**
 * Yields the lines of a byte stream, all that a chunk completed at once; they are views of it, and as long as it lives.
 * A last line without LF counts when it is complete JSON; a cut one throws `protocol`, as every broken line does.
 */
export async function* readLines(input: AsyncIterable<Buffer>, maxLineBytes?: number): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter(maxLineBytes);
  for await (const chunk of input) {
    const lines: Line[] = [];
    try {
      for (const raw of splitter.push(chunk)) lines.push(parseLine(raw));
    } finally {
      // what stands before a broken line counts, wherever the chunks were cut
      if (lines.length > 0) yield lines;
    }
  }
  const last = splitter.end();
  if (last === undefined) return;
  if (!isJson(last.bytes)) {
    throw new CutLine(
      `The input ends in the middle of line ${last.lineNumber} (byte ${last.byteOffset}); the program before this one died while writing it.`,
    );
  }
  yield [parseLine(last)];
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    // cut off
    return false;
  }
}
