import { closeSync, fsyncSync, ftruncateSync, fstatSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SluiceError } from "@sluice/protocol";

/** Rows of streams, a file of lines each: `{"op":…,"version":…,"data":…}` with the tokens of data as they came. */
export class RowFiles {
  readonly #folder: string;
  readonly #files = new Map<string, number>();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  /** Opens the file of a stream; drops what a crash has left behind `bytes`, or else half a line at its end. */
  open(stream: string, bytes?: number): void {
    if (this.#files.has(stream)) return;
    // a name such as "../../etc/passwd" must not become a path
    if (!/^\w[\w.-]*$/.test(stream)) {
      throw new SluiceError("config", `The stream "${stream}" has a name that is no safe file name; leave it out.`);
    }
    const path = join(this.#folder, `${stream}.ndjson`);
    const file = openSync(path, "a");
    ftruncateSync(file, bytes ?? readFileSync(path).lastIndexOf("\n") + 1);
    this.#files.set(stream, file);
  }

  append(stream: string, lines: readonly Buffer[]): void {
    const file = this.#fileOf(stream);
    const bytes = Buffer.concat(lines);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  }

  bytesOf(stream: string): number {
    return fstatSync(this.#fileOf(stream)).size;
  }

  /** Makes durable what was appended, and yields how long each file is. */
  sync(): Map<string, number> {
    for (const file of this.#files.values()) fsyncSync(file);
    return new Map([...this.#files.keys()].map((stream) => [stream, this.bytesOf(stream)]));
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #fileOf(stream: string): number {
    const file = this.#files.get(stream);
    if (file === undefined) throw new TypeError(`The file of ${stream} is not open.`);
    return file;
  }
}
