import { open, type FileHandle } from "node:fs/promises";
import { once } from "node:events";
import { createGunzip, createGzip, type Gzip } from "node:zlib";
import { PassThrough, Readable, pipeline as pipelineOf } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SluiceError, errorCode } from "@sluice/protocol";
import { fileFailure } from "../state/durable-file.ts";
import { RedactedLines } from "./redacted-lines.ts";

/** What RFC 1952 begins a compressed file with. */
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** A source's output, kept in a compressed file of lines that can be fed to a destination again. */
export class Recording {
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;
  readonly #redacted: RedactedLines | undefined;

  private constructor(path: string, file: FileHandle, redact: boolean) {
    this.#gzip = createGzip({ level: 1 });
    this.#redacted = redact ? new RedactedLines() : undefined;
    this.#written = pipeline(this.#gzip, file.createWriteStream()).catch((error: unknown) => {
      throw fileFailure(path, error);
    });
    // told by the write that comes next, or by close
    this.#written.catch(() => {});
  }

  /** Makes the file, readable by this user only; what was in it is gone. */
  static async create(path: string, { redact }: { redact: boolean }): Promise<Recording> {
    try {
      return new Recording(path, await open(path, "w", 0o600), redact);
    } catch (error) {
      throw fileFailure(path, error);
    }
  }

  /** Takes bytes as they came; resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
    const kept = this.#redacted?.push(bytes) ?? bytes;
    if (this.#gzip.destroyed) await this.#written;
    if (kept.length === 0 || this.#gzip.write(kept)) return;
    await Promise.race([once(this.#gzip, "drain"), this.#written]);
  }

  /** Resolves once the file is whole. */
  async close(): Promise<void> {
    this.#gzip.end(this.#redacted?.end());
    await this.#written;
  }
}

/**
 * Keeps the recordings of a run: a file when the source's first byte comes, and another one, `FILE.2` and so on, for each
 * further attempt, since each of these begins with a catalog of its own.
 */
export class RunRecorder {
  readonly #path: string;
  readonly #redact: boolean;
  #attempt = 0;
  #recording: Recording | undefined;

  constructor(path: string, { redact }: { redact: boolean }) {
    this.#path = path;
    this.#redact = redact;
  }

  /** Takes bytes as they came in an attempt; resolves when there is room for more. */
  async write(bytes: Buffer, attempt: number): Promise<void> {
    if (attempt !== this.#attempt) {
      await this.close();
      const path = this.#attempt === 0 ? this.#path : `${this.#path}.${attempt}`;
      this.#attempt = attempt;
      this.#recording = await Recording.create(path, { redact: this.#redact });
    }
    await this.#recording?.write(bytes);
  }

  /** Resolves once what was recorded is whole. */
  async close(): Promise<void> {
    const recording = this.#recording;
    this.#recording = undefined;
    await recording?.close();
  }
}

/** Yields the bytes of a recording, compressed or not. Throws `config` for a file that cannot be read. */
export function readRecording(path: string): Readable {
  return Readable.from(recordedBytes(path), { objectMode: false });
}

async function* recordedBytes(path: string): AsyncGenerator<Buffer> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
    const bytes = file.createReadStream({ start: 0, autoClose: false });
    const isCompressed = bytesRead === GZIP_MAGIC.length && buffer.equals(GZIP_MAGIC);
    const recorded = isCompressed ? createGunzip() : new PassThrough();
    // an error of any part is told where the last one is read
    pipelineOf(bytes, recorded, () => {});
    yield* recorded as AsyncIterable<Buffer>;
  } catch (error) {
    const code = errorCode(error) ?? "unknown error";
    throw new SluiceError("config", `The recording ${path} cannot be read (${code}); check the path and the file.`);
  }
}
