import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";

/**
 * Resolves when a stream has ended and each of its chunks was taken, one after the other; rejects when it breaks or a chunk
 * is refused, and then destroys it. While a returned promise is pending nothing more is read. An async iterator would say
 * the same in two lines and costs half as much again as all the rest of the relay.
 */
export async function eachChunk(stream: Readable, take: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  let taking: Promise<void> | undefined;
  const refuse = (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error)));
  stream.on("data", (chunk: Buffer) => {
    try {
      taking = take(chunk);
    } catch (error) {
      refuse(error);
      return;
    }
    if (taking === undefined) return;
    stream.pause();
    taking.then(() => stream.resume(), refuse);
  });
  await finished(stream, { writable: false });
  await taking;
}
