import fs, { statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Transform } from "node:stream";
import { LineSplitter, parseLine } from "@sluice/protocol/stdio";
import type { Defect } from "./defect.ts";

const STDIN = 0;
const LINE_SEPARATOR = Buffer.from("\u2028").toString("latin1");

/** What a destination can be made to do wrong with its input. */
export const inputDefects = {
  F6: { begin: collectEverything },
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
    const text = gathered + chunk.toString("latin1");
    const end = text.lastIndexOf("\n") + 1;
    gathered = text.slice(end);
    // as if it were whole, in whatever it may have been cut
    for (const closing of ["", '"}}}', "}}}", "}}"]) isWhole(gathered + closing);
    return text.slice(0, end);
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

/** Takes all of its input before it begins. */
function collectEverything(): void {
  const collected: Buffer[] = [];
  takeInputFrom(
    new Transform({
      transform(chunk: Buffer, _, done) {
        collected.push(Buffer.from(chunk));
        done();
      },
      flush: (done) => done(null, Buffer.concat(collected)),
    }),
  );
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

function takeInputFrom(changed: Transform): void {
  const { stdin } = process;
  Object.defineProperty(process, "stdin", { value: stdin.pipe(changed) });
  // a pipe is read past process.stdin; to whoever asks, this one is a file
  const { fstatSync } = fs;
  Object.assign(fs, { fstatSync: (file: number) => (file === STDIN ? statSync("/dev/null") : fstatSync(file)) });
  syncBuiltinESMExports();
}
