import { PassThrough, Transform } from "node:stream";
import { LineSplitter, parseLine } from "@sluice/protocol/stdio";
import type { Defect } from "./defect.ts";

const LINE_SEPARATOR = Buffer.from("\u2028").toString("latin1");

/** What a destination can be made to do wrong with its input. */
export const inputDefects = {
  P1: { begin: () => changeInput((chunk) => chunk.toString("latin1").replaceAll(LINE_SEPARATOR, "\n")) },
  P2: { begin: parseAtEachChunk },
  P3: { begin: dropWhatIsBroken },
} satisfies Record<string, Defect<never>>;

function changeInput(change: (chunk: Buffer) => string): void {
  takeInputFrom(
    new Transform({
      transform: (chunk: Buffer, _, done) => done(null, Buffer.from(change(chunk), "latin1")),
    }),
  );
}

/** Parses all that it has at each chunk, to see whether that is a line by now. */
function parseAtEachChunk(): void {
  let gathered = "";
  changeInput((chunk) => {
    gathered += chunk.toString("latin1");
    if (gathered.endsWith("\n")) {
      const whole = gathered;
      gathered = "";
      return whole;
    }
    for (let turn = 0; turn < 4; turn += 1) isWhole(gathered + '"}}}'.slice(turn));
    return "";
  });
}

function isWhole(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    // not yet
    return false;
  }
}

function dropWhatIsBroken(): void {
  const splitter = new LineSplitter();
  changeInput((chunk) => {
    const lines = splitter.push(chunk).filter((line) => {
      try {
        return parseLine(line).kind !== "foreign";
      } catch {
        // dropped, as the defect says
        return false;
      }
    });
    return lines.map(({ bytes }) => `${bytes.toString("latin1")}\n`).join("");
  });
}

function takeInputFrom(changed: Transform | PassThrough): void {
  const { stdin } = process;
  Object.defineProperty(process, "stdin", { value: stdin.pipe(changed) });
}
