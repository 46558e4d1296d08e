import { MAX_MESSAGE_LENGTH, type LogLine } from "../store/runs.ts";

/** Characters that may wait, some 8 MB. */
const MAX_LENGTH = 4_000_000;

/** Lines of a run's log that are not stored yet. Where the database is away for long the oldest are given up, and told of. */
export class WaitingLines {
  #lines: LogLine[] = [];
  #length = 0;
  #dropped = 0;

  add(line: LogLine): void {
    const kept = { ...line, message: line.message.slice(0, MAX_MESSAGE_LENGTH) };
    this.#lines.push(kept);
    this.#length += lengthOf(kept);
    this.#shorten();
  }

  /** Yields all that wait, and waits for others. */
  take(): LogLine[] {
    const lines = this.#dropped === 0 ? this.#lines : [droppedLine(this.#dropped), ...this.#lines];
    this.#lines = [];
    this.#length = 0;
    this.#dropped = 0;
    return lines;
  }

  /** Takes back what was taken, in front of what has come since. */
  putBack(lines: readonly LogLine[]): void {
    this.#lines = [...lines, ...this.#lines];
    this.#length += lines.reduce((sum, each) => sum + lengthOf(each), 0);
    this.#shorten();
  }

  #shorten(): void {
    let count = 0;
    for (; this.#length > MAX_LENGTH && count < this.#lines.length - 1; count += 1)
      this.#length -= lengthOf(this.#lines[count] as LogLine);
    this.#lines.splice(0, count);
    this.#dropped += count;
  }
}

function droppedLine(count: number): LogLine {
  const message = `Before this, ${count} lines were given up, since the database was away for too long.`;
  return { level: "warn", side: "runner", message };
}

/** A line costs more than its text. */
function lengthOf({ message }: LogLine): number {
  return message.length + 100;
}
