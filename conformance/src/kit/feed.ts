import type { ConfiguredStream, DestinationMode, Stream } from "@sluice/protocol";

export type FeedStream = Partial<Stream> & { name: string; mode?: DestinationMode };
type RecordOptions = { op?: "upsert" | "delete"; version?: number };

const GENERATION = "2026-01-01T00:00:00.000Z";

/** The stream of most checks: what an id of whole numbers identifies. */
export function numbered(name: string, mode: DestinationMode): FeedStream {
  const integer = { type: "integer" };
  const properties = { id: integer, seq: integer, sum: integer, text: { type: ["string", "null"] } };
  return { name, mode, json_schema: { type: "object", properties }, primary_key: ["id"] };
}

/** What a source would print for a destination: lines with counts and numbers that are right unless a check makes them wrong. */
export class Feed {
  readonly lines: string[] = [];
  readonly generation: string;
  readonly #counts = new Map<string, number>();
  #seq = 0;

  constructor(generation: string = GENERATION) {
    this.generation = generation;
  }

  get text(): string {
    return this.lines.join("");
  }

  /** The first line, or a new schema in the middle. `resumedFrom` are echoes to continue from. */
  catalog(streams: readonly FeedStream[], resumedFrom?: readonly object[]): this {
    const configured = streams.map((stream) => configuredStream(stream, this.generation));
    return this.raw({
      type: "catalog",
      catalog: { streams: configured, resumed_from: (resumedFrom ?? []).map(placeOf) },
    });
  }

  /** A record whose data is this JSON text, or this value. */
  record(stream: string, data: unknown, { op = "upsert", version }: RecordOptions = {}): this {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    const versioned = version === undefined ? "" : `"version":${version},`;
    this.#count(stream);
    return this.line(
      `{"type":"record","record":{"stream":${JSON.stringify(stream)},"op":"${op}",${versioned}"emitted_at":"2026-01-01T00:00:00.000Z","data":${text}}}`,
    );
  }

  /** A record in any other form than the canonical one. */
  recordLine(stream: string, line: string): this {
    this.#count(stream);
    return this.line(line);
  }

  /** A state of a stream, or of all streams without one; its data is this JSON text. */
  state(stream: string | undefined, data = "{}"): this {
    this.#seq += 1;
    const scope = stream === undefined ? '"scope":"global"' : `"scope":"stream","stream":${JSON.stringify(stream)}`;
    const generation = stream === undefined ? "" : `,"generation_id":${JSON.stringify(this.generation)}`;
    const counts = stream === undefined ? Object.fromEntries(this.#counts) : { [stream]: this.countOf(stream) };
    return this.line(
      `{"type":"state","state":{"seq":${this.#seq},${scope}${generation},"records":${JSON.stringify(counts)},"data":${data}}}`,
    );
  }

  complete(...streams: readonly string[]): this {
    for (const stream of streams) {
      const ending = { stream, status: "complete", generation_id: this.generation, records: this.countOf(stream) };
      this.raw({ type: "stream_status", stream_status: ending });
    }
    return this;
  }

  started(stream: string): this {
    const status = { stream, status: "started", generation_id: this.generation };
    return this.raw({ type: "stream_status", stream_status: status });
  }

  /** Any message, counts and all as the caller has them. */
  raw(message: object): this {
    return this.line(JSON.stringify(message));
  }

  /** A line as it is; the LF is added. */
  line(line: string): this {
    this.lines.push(`${line}\n`);
    return this;
  }

  countOf(stream: string): number {
    return this.#counts.get(stream) ?? 0;
  }

  /** Yields the lines that were added since this was asked last, as text. */
  taken(): string {
    return this.lines.splice(0).join("");
  }

  #count(stream: string): void {
    this.#counts.set(stream, this.countOf(stream) + 1);
  }
}

function configuredStream(
  { mode = "append", json_schema: schema = { type: "object" }, ...stream }: FeedStream,
  generation: string,
): ConfiguredStream {
  return {
    stream: { ...stream, json_schema: schema },
    sync_mode: "full_refresh",
    destination_mode: mode,
    generation_id: generation,
  };
}

/** What a source says about a state that it continues from. */
function placeOf(echo: object): object {
  const { scope, stream, epoch, seq } = echo as Record<string, unknown>;
  return { scope, ...(stream === undefined ? {} : { stream }), ...(epoch === undefined ? {} : { epoch }), seq };
}
