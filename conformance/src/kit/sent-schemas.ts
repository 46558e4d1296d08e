import { LineSplitter } from "@sluice/protocol/stdio";
import { z } from "zod";

const MAX_LINE_BYTES = 256 * 1024 * 1024;
const HEAD_BYTES = 64;

const CatalogLine = z.object({
  catalog: z.object({
    streams: z.array(
      z.object({ stream: z.object({ name: z.string(), json_schema: z.record(z.string(), z.unknown()) }) }),
    ),
  }),
});

/** The schemas of the streams that a destination was sent, the newest of each. */
export class SentSchemas {
  readonly #schemas = new Map<string, object>();

  /** Yields what is to be told of the bytes of one more input. */
  listener(): (bytes: Buffer) => void {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    return (bytes) => {
      for (const line of splitter.push(bytes)) {
        if (line.bytes.toString("latin1", 0, HEAD_BYTES).startsWith('{"type":"catalog"')) this.#take(line.bytes);
      }
    };
  }

  /** Yields the schema of a stream; undefined for one that was not sent. */
  of(stream: string): object | undefined {
    return this.#schemas.get(stream);
  }

  #take(line: Buffer): void {
    const { catalog } = CatalogLine.parse(JSON.parse(line.toString()));
    for (const { stream } of catalog.streams) this.#schemas.set(stream.name, stream.json_schema);
  }
}
