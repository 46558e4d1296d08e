import { once } from "node:events";
import type { Readable } from "node:stream";
import { LineSplitter } from "@sluice/protocol/stdio";

/** Resolves to the first line of a stream, undefined when it ends before that; what is behind it stays in the stream. */
export async function readFirstLine(stream: Readable, maxBytes: number): Promise<string | undefined> {
  const splitter = new LineSplitter(maxBytes);
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed) return undefined;
      await Promise.race([once(stream, "readable"), once(stream, "end"), once(stream, "close")]);
      continue;
    }
    const end = chunk.indexOf(10) + 1;
    const [line] = splitter.push(end === 0 ? chunk : chunk.subarray(0, end));
    if (line === undefined) continue;
    if (end < chunk.length) stream.unshift(chunk.subarray(end));
    return line.bytes.toString();
  }
}
