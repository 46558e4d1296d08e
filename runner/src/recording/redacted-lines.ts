import { LineSplitter } from "@sluice/protocol/stdio";
import { Redaction } from "./redaction.ts";

const LF = Buffer.from("\n");

/** A source's output, line by line as it may be handed on. */
export class RedactedLines {
  readonly #redaction = new Redaction();
  readonly #lines = new LineSplitter(Infinity);

  /** Yields the lines that these bytes complete, redacted. */
  push(bytes: Buffer): Buffer {
    return Buffer.concat(this.#lines.push(bytes).flatMap((line) => [this.#redaction.line(line.bytes), LF]));
  }

  /** Yields the last line, when nothing ended it; else nothing. */
  end(): Buffer {
    const last = this.#lines.end();
    return last === undefined ? Buffer.alloc(0) : this.#redaction.line(last.bytes);
  }
}

/** Hands a run's recording on instead of keeping it in a file: redacted, as whole lines, attempt by attempt. */
export class LineRecorder {
  readonly #take: (lines: Buffer, attempt: number) => Promise<void>;
  #attempt = 0;
  #lines = new RedactedLines();

  constructor(take: (lines: Buffer, attempt: number) => Promise<void>) {
    this.#take = take;
  }

  /** Takes bytes as they came in an attempt; resolves when there is room for more. */
  async write(bytes: Buffer, attempt: number): Promise<void> {
    if (attempt !== this.#attempt) {
      await this.close();
      this.#attempt = attempt;
      this.#lines = new RedactedLines();
    }
    const lines = this.#lines.push(bytes);
    if (lines.length > 0) await this.#take(lines, attempt);
  }

  /** Resolves once the last line was taken. */
  async close(): Promise<void> {
    const last = this.#lines.end();
    if (last.length > 0) await this.#take(Buffer.concat([last, LF]), this.#attempt);
  }
}
