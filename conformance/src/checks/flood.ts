import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { DestinationMode } from "@sluice/protocol";
import { Feed, numbered } from "../kit/feed.ts";
import { isEcho } from "./destination-runs.ts";
import { MOST_BYTES } from "./pipe-limits.ts";
import type { ConnectorProcess } from "../processes/connector-process.ts";

const STATE_BYTES = 64 * 1024;
const WAITING_BYTES = 4 * STATE_BYTES;
/** A destination that takes nothing for so long, while it has nothing to do, waits for something; or, whatever it does, for so long. */
const QUIET_MS = 1000;
const LONGEST_QUIET_MS = 10_000;
const LOOK_MS = 5;

/** A load without an end: each record has a state behind it that is long enough to fill the pipes with its echo. */
export class Flood {
  readonly rows: object[] = [];
  readonly #stream: string;
  readonly #feed: Feed;

  constructor(stream: string, mode: DestinationMode) {
    this.#stream = stream;
    this.#feed = new Feed().catalog([numbered(stream, mode)]).started(stream);
  }

  /** Yields the next record and its state, catalog first. */
  next(): string {
    const id = this.rows.length;
    const row = { id, seq: id, sum: 0, text: "t" };
    this.rows.push(row);
    return this.#feed
      .record(this.#stream, row, { version: 1 })
      .state(this.#stream, `"${"x".repeat(STATE_BYTES)}"`)
      .taken();
  }

  /** Yields what stands behind the last record. */
  end(): string {
    return this.#feed.complete(this.#stream).taken();
  }

  /**
   * Begins a load, stops reading from the destination at its first echo, and sends more and more until it takes nothing any
   * more or has taken so much, or so much memory. Each time that it takes nothing for a second one echo is read, so many in all.
   * Resolves to what it took, the memory that it had meanwhile, and whether it stopped taking.
   */
  async pourInto(
    writer: ConnectorProcess,
    { mostBytes, echoesRead = 0 }: { mostBytes: number; echoesRead?: number },
  ): Promise<{ sent: number; peak: number; isStuck: boolean }> {
    await writer.write(this.next());
    await writer.line(isEcho);
    writer.pause();
    let [sent, peak, before, read] = [0, 0, 0, 0];
    let [taken, worked] = [performance.now(), 0];
    const isStuck = () => {
      const now = performance.now();
      return now - Math.max(taken, worked) > QUIET_MS || now - taken > LONGEST_QUIET_MS;
    };
    while (sent < mostBytes && !writer.hasEnded && peak <= MOST_BYTES) {
      if (isStuck()) {
        if (read === echoesRead) break;
        writer.sip(STATE_BYTES);
        read += 1;
        taken = performance.now();
      }
      const { unread } = writer;
      if (unread < before) taken = performance.now();
      before = unread;
      if (unread < WAITING_BYTES) {
        const part = this.next();
        writer.offer(part);
        sent += part.length;
        before += part.length;
        await setImmediate();
      } else {
        await sleep(LOOK_MS);
        if (writer.isAtWork) worked = performance.now();
      }
      peak = Math.max(peak, writer.peakBytes() ?? 0);
    }
    return { sent, peak, isStuck: isStuck() };
  }
}
