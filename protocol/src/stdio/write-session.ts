import type { ConfiguredStream } from "../catalog.ts";
import { ExitCode, SluiceError, type FailureType } from "../failure.ts";
import { isTerminalStatus, type Message, type Payload } from "../message.ts";
import { configuredCatalog } from "./configured-catalog.ts";
import type { CommitPoint, Receiver } from "./destination.ts";
import type { Line, MessageLine } from "./line.ts";
import type { Output } from "./output.ts";
import { addPayloadMembers } from "./payload-members.ts";
import { log } from "./stderr.ts";

export type WriteSessionOptions = {
  output: Output;
  receiver: Receiver;
  streams: readonly ConfiguredStream[];
  /** Fail on a line that is no message instead of counting it. */
  strict: boolean;
};

/** Hands the lines of a source to a receiver, passes on what is not for it, and knows what is missing at the end. */
export class WriteSession {
  readonly #output: Output;
  readonly #receiver: Receiver;
  readonly #received = new Map<string, number>();
  readonly #ends = new Map<string, Payload<"stream_status">["status"]>();
  readonly #warned = new Set<string>();
  readonly #strict: boolean;
  #streams: Map<string, ConfiguredStream>;
  #lastSeq: number | undefined;
  #failures: FailureType[] = [];
  #texts = 0;

  constructor({ output, receiver, streams, strict }: WriteSessionOptions) {
    this.#output = output;
    this.#receiver = receiver;
    this.#streams = byName(streams);
    this.#strict = strict;
  }

  /** Takes one line; a returned promise holds the input back. */
  take(line: Line): Promise<void> | undefined {
    switch (line.kind) {
      case "record":
        if (!this.#streams.has(line.stream)) throw unknownStream(line.stream, line.lineNumber);
        if (this.#ends.has(line.stream)) {
          throw new SluiceError(
            "protocol",
            `Line ${line.lineNumber} of the input is a record of "${line.stream}", which has ended before.`,
          );
        }
        this.#received.set(line.stream, (this.#received.get(line.stream) ?? 0) + 1);
        return this.#receiver.record(line);
      case "message":
        return this.#message(line);
      case "foreign":
        this.#warnOnce(`Messages of the unknown type "${line.type}" are passed on untouched.`);
        return this.#passOn(line.bytes);
      case "text":
        if (this.#strict)
          throw new SluiceError(
            "protocol",
            `Line ${line.lineNumber} of the input is not a message, and --strict is set.`,
          );
        this.#texts += 1;
        return this.#output.send({
          type: "log",
          log: {
            level: "warn",
            message: `Line ${line.lineNumber} of the input is not a message (${line.bytes.length} bytes, ${this.#texts} so far).`,
          },
        });
    }
  }

  /** Yields the exit code for an input that has ended, and says what is missing. */
  conclude(): ExitCode {
    const missing = [...this.#streams.keys()].filter((stream) => !this.#isFine(this.#ends.get(stream)));
    if (this.#failures.some((type) => type === "transient" || type === "rate_limit")) return ExitCode.transient;
    if (missing.length > 0) {
      const names = missing.slice(0, 5).join(", ") + (missing.length > 5 ? ` and ${missing.length - 5} more` : "");
      log(
        "error",
        `The input ended before ${missing.length} of ${this.#streams.size} streams were complete: ${names}. What is committed stays; resume from the last state.`,
      );
      return ExitCode.partial;
    }
    return this.#failures.length > 0 ? ExitCode.partial : ExitCode.ok;
  }

  #isFine(status: Payload<"stream_status">["status"] | undefined): boolean {
    return status === "complete" || status === "skipped";
  }

  #message({ message, bytes, lineNumber }: MessageLine): Promise<void> | undefined {
    switch (message.type) {
      case "state":
        this.#checkState(message.state, lineNumber);
        return this.#receiver.point({ type: "state", state: message.state, line: copy(bytes) });
      case "stream_status":
        return this.#status(message.stream_status, bytes, lineNumber);
      case "catalog":
        return this.#schema(message);
      case "error":
        this.#failures.push(message.error.failure_type);
        return this.#passOn(bytes);
      default:
        return this.#passOn(bytes);
    }
  }

  #status(status: Payload<"stream_status">, bytes: Buffer, lineNumber: number): Promise<void> | undefined {
    if (!this.#streams.has(status.stream)) throw unknownStream(status.stream, lineNumber);
    if (!isTerminalStatus(status.status)) return this.#passOn(bytes);
    if (this.#ends.has(status.stream)) {
      throw new SluiceError(
        "protocol",
        `Line ${lineNumber} of the input ends the stream "${status.stream}" a second time.`,
      );
    }
    if (status.records !== undefined) this.#checkCount(status.stream, status.records, lineNumber);
    this.#ends.set(status.stream, status.status);
    return this.#receiver.point({ type: "status", status, line: copy(bytes) });
  }

  #checkState(state: Payload<"state">, lineNumber: number): void {
    if (this.#lastSeq !== undefined && state.seq !== this.#lastSeq + 1) {
      throw new SluiceError(
        "protocol",
        `Line ${lineNumber} of the input is state ${state.seq} behind state ${this.#lastSeq}; one between is missing, or their order is not the source's.`,
      );
    }
    this.#lastSeq = state.seq;
    if (state.scope === "stream" && !this.#streams.has(state.stream ?? ""))
      throw unknownStream(state.stream ?? "", lineNumber);
    const end = state.scope === "stream" ? this.#ends.get(state.stream ?? "") : undefined;
    // it would stand for records that nobody has
    if (end !== undefined && end !== "complete") {
      throw new SluiceError(
        "protocol",
        `Line ${lineNumber} of the input is a state of "${state.stream}" behind its end, which is ${end}.`,
      );
    }
    for (const [stream, records] of Object.entries(state.records ?? {})) this.#checkCount(stream, records, lineNumber);
  }

  #checkCount(stream: string, sent: number, lineNumber: number): void {
    const received = this.#received.get(stream) ?? 0;
    if (received === sent) return;
    throw new SluiceError(
      "protocol",
      `Line ${lineNumber} of the input says that ${sent} records of "${stream}" were sent, but ${received} arrived; nothing after the last committed state is kept.`,
      { stream },
    );
  }

  async #schema({ catalog }: Extract<Message, { type: "catalog" }>): Promise<void> {
    const streams = configuredCatalog(catalog).streams;
    await this.#receiver.schema(streams);
    this.#streams = new Map([...this.#streams, ...byName(streams)]);
  }

  #passOn(bytes: Buffer): Promise<void> {
    return this.#output.write(Buffer.concat([bytes, Buffer.from("\n")]));
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    log("warn", message);
  }
}

/** Yields the line, without LF, that echoes a committed point: its own tokens, with `epoch` and `committed` added. */
export function echo(point: CommitPoint, committed: Payload<"state">["committed"], epoch: number | undefined): string {
  const added = { ...(epoch === undefined ? {} : { epoch }), committed };
  const payload = point.type === "state" ? point.state : point.status;
  if (!("epoch" in payload) && !("committed" in payload)) {
    const line = addPayloadMembers(point.line, point.type === "state" ? "state" : "stream_status", added);
    if (line !== undefined) return line;
  }
  return JSON.stringify(
    point.type === "state"
      ? { type: "state", state: { ...point.state, ...added } }
      : { type: "stream_status", stream_status: { ...point.status, ...added } },
  );
}

/** Lines are views into the input's chunks; what waits for a commit must not hold on to those. */
function copy(bytes: Buffer): Buffer {
  return Buffer.from(bytes);
}

function byName(streams: readonly ConfiguredStream[]): Map<string, ConfiguredStream> {
  return new Map(streams.map((configured) => [configured.stream.name, configured]));
}

function unknownStream(stream: string, lineNumber: number): SluiceError {
  return new SluiceError(
    "protocol",
    `Line ${lineNumber} of the input is for the stream "${stream}", which the catalog does not have.`,
  );
}
