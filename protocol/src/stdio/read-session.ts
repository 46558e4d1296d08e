import { ExitCode, SluiceError } from "../failure.ts";
import type { Payload, TerminalStatus } from "../message.ts";
import { errorPayload } from "./error-payload.ts";
import type { Output } from "./output.ts";
import { RecordFilter } from "./record-filter.ts";
import { RECORD_LINE_TAIL, recordLineHead } from "./record-line.ts";
import { maskSecrets } from "./secrets.ts";
import type { ReadStream, SourceOutput } from "./source.ts";
import { log } from "./stderr.ts";

type StatusRest = { status: "started" | TerminalStatus } & Partial<Omit<Payload<"stream_status">, "status">>;

/** Turns what a source yields into lines: counts records, numbers states, and gives each stream its statuses. */
export class ReadSession {
  readonly #output: Output;
  readonly #streams: ReadonlyMap<string, ReadStream>;
  readonly #counts = new Map<string, number>();
  readonly #started = new Set<string>();
  readonly #ended = new Map<string, TerminalStatus>();
  readonly #filters: ReadonlyMap<string, RecordFilter>;
  /** Streams that were ended at their limit, and of which more may come. */
  readonly #limited = new Set<string>();
  #seq = 0;

  constructor(output: Output, streams: readonly ReadStream[]) {
    this.#output = output;
    this.#streams = new Map(streams.map((stream) => [stream.stream.name, stream]));
    this.#filters = new Map(streams.map((stream) => [stream.stream.name, new RecordFilter(stream)]));
  }

  /** Tells whether every stream has ended and one of them at its limit: whatever still comes is more than was asked for. */
  get isOver(): boolean {
    return this.#limited.size > 0 && this.#ended.size === this.#streams.size;
  }

  /** Prints what the source yielded; resolves when it may yield more. */
  async emit(output: SourceOutput): Promise<void> {
    if (output.type === "state" && output.stream === undefined) return this.#state(output);
    const { stream } = output as { stream: string };
    if (!this.#streams.has(stream)) {
      throw new SluiceError(
        "protocol",
        `The source sent something for the stream "${stream}", which this read does not have.`,
      );
    }
    if (this.#limited.has(stream)) return output.type === "lines" ? output.release?.() : undefined;
    if (this.#ended.has(stream)) {
      throw new SluiceError("protocol", `The source sent something for the stream "${stream}" behind the end of it.`);
    }
    if (!this.#started.has(stream)) {
      this.#started.add(stream);
      await this.#status(stream, { status: "started" });
    }
    switch (output.type) {
      case "record": {
        const { op, version, emittedAt = new Date().toISOString(), data } = output;
        const head = recordLineHead({ stream, version, emittedAt, ...(op === undefined ? {} : { op }) });
        const selected = this.#filterOf(stream).object(data);
        return this.#records(stream, { count: 1, lines: head + JSON.stringify(selected) + RECORD_LINE_TAIL });
      }
      case "lines":
        await this.#records(stream, this.#filterOf(stream).lines(output, this.#countOf(stream)));
        return output.release?.();
      case "state":
        return this.#state(output);
      case "complete":
        return this.#end(
          stream,
          "complete",
          output.sweepVersion === undefined ? {} : { sweep_version: output.sweepVersion },
        );
      case "skipped":
        log("warn", `Stream ${stream} is skipped: ${output.reason}`);
        return this.#end(stream, "skipped", { reason: maskSecrets(output.reason) });
      case "failure":
        return this.#fail(stream, output.error);
    }
  }

  /** Gives every stream without a terminal status the one that is true now. */
  async close(rest: "complete" | "incomplete"): Promise<void> {
    for (const stream of this.#streams.keys()) {
      if (this.#ended.has(stream)) continue;
      if (rest === "complete" && !this.#started.has(stream)) await this.#status(stream, { status: "started" });
      if (rest === "complete" || this.#started.has(stream)) await this.#end(stream, rest, {});
    }
  }

  /** Prints a failure that ends the whole read. */
  async failAll(error: SluiceError): Promise<void> {
    await this.#output.send({ type: "error", error: errorPayload(error) });
    await this.close("incomplete");
  }

  /** Yields 14 when a stream failed, or one of `named` was skipped; else 0. */
  exitCode(named: readonly string[]): ExitCode {
    const isMissed = ([stream, end]: [string, TerminalStatus]) =>
      end === "failed" || (end === "skipped" && named.includes(stream));
    return [...this.#ended].some(isMissed) ? ExitCode.partial : ExitCode.ok;
  }

  async #records(stream: string, { count, lines }: { count: number; lines: Buffer | string }): Promise<void> {
    this.#counts.set(stream, this.#countOf(stream) + count);
    await this.#output.write(lines);
    if (this.#countOf(stream) < this.#filterOf(stream).limit) return;
    this.#limited.add(stream);
    await this.#end(stream, "complete", {});
  }

  #countOf(stream: string): number {
    return this.#counts.get(stream) ?? 0;
  }

  #filterOf(stream: string): RecordFilter {
    return this.#filters.get(stream) as RecordFilter;
  }

  async #state({ stream, data, inputsThrough, printed }: Extract<SourceOutput, { type: "state" }>): Promise<void> {
    this.#seq += 1;
    const records = stream === undefined ? Object.fromEntries(this.#counts) : { [stream]: this.#countOf(stream) };
    const scope: Pick<Payload<"state">, "scope" | "stream"> = stream === undefined
      ? { scope: "global" }
      : { scope: "stream", stream };
    const inputs = inputsThrough === undefined ? {} : { inputs_through: inputsThrough };
    await this.#output.send({
      type: "state",
      state: { seq: this.#seq, ...scope, ...this.#generation(stream), records, ...inputs, data },
    });
    if (printed === undefined) return;
    await this.#output.flush();
    printed();
  }

  async #fail(stream: string, error: SluiceError): Promise<void> {
    log("error", error.message);
    const payload = errorPayload(error);
    await this.#output.send({ type: "error", error: { ...payload, stream } });
    await this.#end(stream, "failed", { failure_type: error.code, reason: payload.message });
  }

  async #end(stream: string, status: TerminalStatus, more: Omit<StatusRest, "status">): Promise<void> {
    this.#ended.set(stream, status);
    await this.#status(stream, { status, ...more, records: this.#countOf(stream) });
  }

  #status(stream: string, rest: StatusRest): Promise<void> {
    return this.#output.send({
      type: "stream_status",
      stream_status: { stream, ...rest, ...this.#generation(stream) },
    });
  }

  #generation(stream: string | undefined): { generation_id?: string } {
    const id = stream === undefined ? undefined : this.#streams.get(stream)?.generation_id;
    return id === undefined ? {} : { generation_id: id };
  }
}
