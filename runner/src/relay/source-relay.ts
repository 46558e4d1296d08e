import type { Readable } from "node:stream";
import { SluiceError, type Message, type Payload } from "@sluice/protocol";
import { CutLine, configuredCatalog, parseLine, type Line, type MessageLine } from "@sluice/protocol/stdio";
import type { ChildInput } from "./child-input.ts";
import { eachChunk } from "./each-chunk.ts";
import type { Ledger } from "./ledger.ts";
import { LineScanner, type ScannedRun } from "./line-scanner.ts";

const LF = Buffer.from("\n");

/** What the relay tells of a source's lines that are not for the destination. */
export type SourceEvents = {
  /** A line came, whatever it is. */
  onLine(): void;
  /** It was a record, a state or a status: something that a stream gets further by. */
  onProgress(): void;
  onLog(log: Payload<"log">): void;
  onError(error: Payload<"error">): void;
  /** Resolves once the configuration is stored; nothing behind it is relayed before. */
  onControl(config: Record<string, unknown>): Promise<void>;
  onStatus(status: Payload<"stream_status">): void;
  /** The first catalog came: the source has read its files. */
  onCatalog(): void;
  /** Gets the bytes as they came, for a recording; a returned promise holds the source back. */
  onBytes?(bytes: Buffer): Promise<void> | undefined;
};

export type SourceRelayOptions = {
  ledger: Ledger;
  input: ChildInput;
  events: SourceEvents;
  maxLineBytes?: number | undefined;
  /** A line that is no message fails the run. */
  strict: boolean;
};

/** Carries a source's lines to a destination, byte for byte, and keeps account of them. */
export class SourceRelay {
  readonly #ledger: Ledger;
  readonly #input: ChildInput;
  readonly #events: SourceEvents;
  readonly #strict: boolean;
  readonly #scanner: LineScanner;
  readonly #foreignTypes = new Set<string>();
  #hasCatalog = false;
  #texts = 0;

  constructor({ ledger, input, events, maxLineBytes, strict }: SourceRelayOptions) {
    this.#ledger = ledger;
    this.#input = input;
    this.#events = events;
    this.#strict = strict;
    this.#scanner = new LineScanner({ counterOf: (stream) => ledger.entry(stream), maxLineBytes });
  }

  /** Resolves when the source's output has ended; throws `protocol` for a line that breaks the contract. */
  async run(output: Readable): Promise<void> {
    await eachChunk(output, (chunk) => this.#chunk(chunk));
    const last = this.#scanner.end();
    if (last === undefined) return;
    if (!isJson(last.bytes))
      throw new CutLine(`The source's output ends in the middle of line ${last.lineNumber} (byte ${last.byteOffset}).`);
    await this.#line({ kind: "line", line: last, bytes: Buffer.concat([last.bytes, LF]) });
    await this.#input.flush();
  }

  /** A returned promise holds the source back; without one there is nothing to wait for, and nobody does. */
  #chunk(chunk: Buffer): Promise<void> | undefined {
    this.#events.onLine();
    const recorded = this.#events.onBytes?.(chunk);
    const relayed = this.#runs(this.#scanner.push(chunk));
    if (recorded === undefined) return relayed;
    return Promise.all([recorded, relayed]).then(() => {});
  }

  #runs(runs: Iterator<ScannedRun>): Promise<void> | undefined {
    try {
      for (let next = runs.next(); next.done !== true; next = runs.next()) {
        const run = next.value;
        if (run.kind === "records") {
          if (!this.#hasCatalog) throw noCatalog();
          this.#events.onProgress();
          this.#input.add(run.bytes);
        } else {
          const waiting = this.#line(run);
          if (waiting !== undefined) return waiting.then(() => this.#runs(runs));
        }
      }
    } catch (error) {
      // what stands before a broken line counts
      const flushed = this.#input.flush() ?? Promise.resolve();
      return flushed.then(() => Promise.reject(error));
    }
    return this.#input.flush();
  }

  #line({ line, bytes }: Extract<ScannedRun, { kind: "line" }>): Promise<void> | undefined {
    const raw = line.byteOffset === 0 ? { ...line, bytes: withoutBom(line.bytes) } : line;
    if (isBlank(raw.bytes)) return undefined;
    const parsed = parseLine(raw);
    if (!this.#hasCatalog && !isPrologue(parsed)) throw noCatalog();
    return this.#take(parsed, bytes);
  }

  #take(line: Line, bytes: Buffer): Promise<void> | undefined {
    switch (line.kind) {
      case "record":
        this.#events.onProgress();
        this.#scanner.count(line.stream, bytes.length);
        this.#input.add(bytes);
        return undefined;
      case "foreign":
        this.#warnOnce(line.type);
        this.#input.add(bytes);
        return undefined;
      case "text":
        return this.#text(line.lineNumber, line.bytes.length);
      case "message":
        return this.#message(line, bytes);
    }
  }

  #message({ message, bytes: line }: MessageLine, bytes: Buffer): Promise<void> | undefined {
    switch (message.type) {
      case "state":
        this.#events.onProgress();
        this.#input.add(Buffer.concat([this.#ledger.sendState(message.state, line), LF]));
        return undefined;
      case "stream_status": {
        this.#events.onProgress();
        const sent = this.#ledger.sendStatus(message.stream_status, line);
        this.#events.onStatus(message.stream_status);
        this.#input.add(Buffer.concat([sent, LF]));
        return undefined;
      }
      case "catalog":
        this.#catalog(message, bytes);
        return undefined;
      case "log":
        this.#events.onLog(message.log);
        return undefined;
      case "error":
        this.#events.onError(message.error);
        return undefined;
      case "control":
        // the other side has no business with it
        return this.#control(message.control.config);
      default:
        throw new SluiceError("protocol", `The source sent a "${message.type}" message, which is not for a source.`);
    }
  }

  /** What came before goes on its way; what comes behind waits until the new configuration is kept. */
  async #control(config: Record<string, unknown>): Promise<void> {
    await this.#input.flush();
    await this.#events.onControl(config);
  }

  /** The first one repeats what the run asked for; a later one changes schemas. */
  #catalog(message: Extract<Message, { type: "catalog" }>, bytes: Buffer): void {
    if (this.#hasCatalog) this.#ledger.add(configuredCatalog(message.catalog).streams);
    else {
      for (const { stream } of configuredCatalog(message.catalog).streams) this.#ledger.entry(stream.name);
      this.#events.onCatalog();
    }
    this.#hasCatalog = true;
    this.#input.add(bytes);
  }

  #text(lineNumber: number, length: number): undefined {
    if (this.#strict)
      throw new SluiceError("protocol", `Line ${lineNumber} of the source is not a message, and strict is set.`);
    this.#texts += 1;
    const message = `Line ${lineNumber} of the source is not a message (${length} bytes, ${this.#texts} so far).`;
    this.#events.onLog({ level: "warn", message });
  }

  #warnOnce(type: string): void {
    if (this.#foreignTypes.has(type)) return;
    this.#foreignTypes.add(type);
    const message = `The source sends messages of the unknown type "${type}"; they are passed on untouched.`;
    this.#events.onLog({ level: "warn", message });
  }
}

function noCatalog(): SluiceError {
  return new SluiceError("protocol", "The source's output does not begin with a catalog.");
}

/** What may stand before the catalog: failures and logs. */
function isPrologue(line: Line): boolean {
  if (line.kind !== "message") return line.kind === "text" || line.kind === "foreign";
  return ["catalog", "log", "error", "control"].includes(line.message.type);
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes.toString("latin1", 0, 3) === "\xef\xbb\xbf" ? bytes.subarray(3) : bytes;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
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
