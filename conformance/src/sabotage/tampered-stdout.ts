import { setImmediate } from "node:timers/promises";
import type { OutputLine } from "./fault.ts";

const LF = 0x0a;

type Done = (error?: Error | null) => void;

/** Stands between this process's honest half and its stdout: lines can be changed on their way, or kept. */
export class TamperedStdout {
  readonly #counts = new Map<string, number>();
  readonly #write: (bytes: Buffer, done?: Done) => boolean;
  #isSilent = false;

  constructor(change: ((line: OutputLine) => string | Buffer) | undefined) {
    this.#write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, callback?: Done) => {
      const done = typeof encoding === "function" ? encoding : callback;
      if (this.#isSilent) {
        if (done !== undefined) process.nextTick(done);
        return true;
      }
      const bytes = Buffer.from(chunk);
      return this.#write(change === undefined ? bytes : this.#changed(bytes, change), done);
    };
  }

  /** Resolves once the system has taken these bytes, behind everything that was printed before. */
  async print(bytes: string | Buffer): Promise<void> {
    await this.settle();
    await new Promise<void>((resolve) => this.#write(Buffer.from(bytes as Buffer), () => resolve()));
  }

  /** Lets nothing out any more. */
  silence(): void {
    this.#isSilent = true;
  }

  /** Resolves once whatever the honest half has printed was taken by the system. */
  async settle(): Promise<void> {
    // the honest half gathers lines for one turn of the event loop
    await setImmediate();
    do await setImmediate();
    while (process.stdout.writableLength > 0);
  }

  #changed(bytes: Buffer, change: (line: OutputLine) => string | Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(LF, start) + 1 || bytes.length;
      const part = change(this.#outputLine(bytes.toString("latin1", start, end)));
      parts.push(typeof part === "string" ? Buffer.from(part, "latin1") : part);
      start = end;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  #outputLine(text: string): OutputLine {
    const type = /^\{"type":"(\w+)"/.exec(text)?.[1] ?? "text";
    const nth = (this.#counts.get(type) ?? 0) + 1;
    this.#counts.set(type, nth);
    return { type, nth, text };
  }
}
