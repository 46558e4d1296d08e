import { access, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError, type Capabilities, type Stream } from "@sluice/protocol";
import type { CheckResult, ReadContext, ReadStream, Source, SourceOutput } from "@sluice/protocol/stdio";
import { Item, ItemPlace, comparePlaces } from "./item.ts";
import { fetchedText } from "./fetched-text.ts";
import { SourceConfig } from "./source-config.ts";

/** A source of items in files, in pages, with a state behind each page: small, and honest in all that the kit checks. */
export class ReferenceSource implements Source<SourceConfig> {
  readonly name: string = "source-reference";
  readonly version: string = "0.1.0";
  readonly description: string = "Reads items from files: what the conformance kit is tried with.";
  readonly capabilities: Capabilities = { incremental: true, versions: true };
  readonly config = SourceConfig;
  /** How often it asks for a file before it gives up. */
  readonly attempts: number = 4;

  async check(config: SourceConfig): Promise<CheckResult> {
    await this.connect(config);
    return { message: `${(await this.streamNames(config)).length} streams can be read.` };
  }

  async discover(config: SourceConfig): Promise<Stream[]> {
    await this.connect(config);
    return (await this.streamNames(config)).map((name) => streamOf(name));
  }

  async *read(config: SourceConfig, { streams, signal }: ReadContext): AsyncGenerator<SourceOutput> {
    await this.connect(config);
    const names = await this.streamNames(config);
    const unknown = streams.find(({ stream }) => !names.includes(stream.name));
    if (unknown !== undefined) {
      throw new SluiceError(
        "config",
        `There is no stream "${unknown.stream.name}"; "discover" prints those there are.`,
      );
    }
    for (const stream of streams) {
      yield* this.readStream(config, stream, signal);
      if (signal.aborted) return;
    }
  }

  /** Yields the pages of a stream from its state on, each with a state behind it. */
  async *readStream(config: SourceConfig, stream: ReadStream, signal: AbortSignal): AsyncGenerator<SourceOutput> {
    const { name } = stream.stream;
    let place = stream.state === undefined ? undefined : this.placeOf(stream.state);
    for (let number = 0; !signal.aborted; number += 1) {
      const page = this.pageBehind(await this.items(config, name), { place, size: config.page_size, number });
      for (const item of page) yield this.recordOf(name, item, config.padding_bytes);
      const last = page.at(-1);
      if (last !== undefined) place = { updated: last.updated, id: last.id };
      if (place !== undefined) yield { type: "state", stream: name, data: place };
      if (page.length < config.page_size) return;
    }
  }

  /** Yields the place in a state; throws `config` for a state of anybody else. */
  placeOf(state: unknown): ItemPlace {
    const place = ItemPlace.safeParse(state);
    if (place.success) return place.data;
    throw new SluiceError(
      "config",
      "A state in --state is none of source-reference; give it the states of its own output.",
    );
  }

  /** Yields the first items behind a place; `number` counts the pages of this read. */
  pageBehind(
    items: readonly Item[],
    { place, size }: { place: ItemPlace | undefined; size: number; number: number },
  ): Item[] {
    const rest = place === undefined ? items : items.filter((item) => comparePlaces(item, place) > 0);
    return rest.slice(0, size);
  }

  recordOf(stream: string, { deleted, ...data }: Item, paddingBytes: number): SourceOutput {
    const padded = paddingBytes === 0 ? data : { ...data, text: "x".repeat(paddingBytes) };
    const op = deleted === true ? "delete" : "upsert";
    return { type: "record", stream, op, version: data.updated, data: padded };
  }

  /** Resolves to all items of a stream as they are now, in the order in which they are read. */
  async items({ folder, base_url: baseUrl }: SourceConfig, stream: string): Promise<Item[]> {
    const name = `${stream}.ndjson`;
    const text = await (baseUrl === undefined
      ? readFile(join(folder, name), "utf8")
      : fetchedText(`${baseUrl}/${name}`, this.attempts));
    const lines = text.split("\n").filter((line) => line !== "");
    const newest = new Map(lines.map((line) => Item.parse(JSON.parse(line))).map((item) => [item.id, item]));
    return [...newest.values()].toSorted(comparePlaces);
  }

  async connect({ folder, token }: SourceConfig): Promise<void> {
    try {
      await access(folder);
    } catch (error) {
      throw new SluiceError("transient", `The folder ${folder} cannot be reached; see that it is there.`, {
        cause: error,
      });
    }
    const wanted = await readFile(join(folder, "token.txt"), "utf8").catch(() => "");
    if (wanted.trim() !== token) throw new SluiceError("auth", "The token is not accepted; give the one of token.txt.");
  }

  async streamNames({ folder }: SourceConfig): Promise<string[]> {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(".ndjson"))
      .map((name) => name.slice(0, -".ndjson".length))
      .sort();
  }
}

function streamOf(name: string): Stream {
  const integer = { type: "integer" };
  const properties = { id: integer, updated: integer, text: { type: "string" }, note: { type: ["string", "null"] } };
  return {
    name,
    json_schema: { type: "object", properties, required: ["id", "updated"] },
    primary_key: ["id"],
    cursor_field: "updated",
    supports: { incremental: true, deletes: true },
  };
}
