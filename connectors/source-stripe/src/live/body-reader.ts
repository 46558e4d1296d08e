import type { IncomingMessage } from "node:http";

/** The largest event is a fraction of it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** As much of all bodies that are being read may stand in memory: anybody may send one, and slowly. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads the bodies of requests from anybody in bounded memory. */
export class BodyReader {
  #bytes = 0;

  /** Resolves to the body, or to why it is read no further: it is too long itself, or all of them together are. */
  async read(request: IncomingMessage): Promise<Buffer | "too_long" | "no_room"> {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return "too_long";
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.#bytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) return "too_long";
        if (this.#bytes > MAX_BYTES) return "no_room";
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      this.#bytes -= bytes;
    }
  }
}
