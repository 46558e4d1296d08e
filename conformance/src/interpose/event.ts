import { z } from "zod";

const LF = 0x0a;
const HEAD_BYTES = 256;

/** A point in the traffic of a connector: the `nth` line of a name, and whether to act before or behind it. */
export type Event = { name: string; nth: number; isBefore: boolean };

const Envelope = z.looseObject({
  state: z.looseObject({}).optional(),
  stream_status: z.looseObject({ status: z.string() }).optional(),
});

/**
 * Yields the event that a text names: `record:100`, `state:3`, `echo:2`, `status:complete`, `echo:complete:2`, `ready`, or
 * any other type of message; `before:` in front acts on it before it is passed on. Undefined when it names none.
 */
export function parseEvent(text: string): Event | undefined {
  const parts = /^(before:)?((?:status|echo):[a-z]+|[a-z_]+)(?::([1-9]\d{0,8}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, before, name = "", nth = "1"] = parts;
  return { name, nth: Number(nth), isBefore: before !== undefined };
}

/** Where a line stands in a chunk: its first byte, and the one behind its LF. */
export type Place = { start: number; end: number };

/** Looks for an event in the bytes of one direction. */
export class EventWatch {
  readonly #event: Event;
  #line: Buffer[] = [];
  #seen = 0;

  constructor(event: Event) {
    this.#event = event;
  }

  /** Yields where the event's line ends, and where it begins or the chunk does; undefined while it has not come. */
  find(chunk: Buffer): Place | undefined {
    let start = 0;
    for (let end = chunk.indexOf(LF) + 1; end > 0; end = chunk.indexOf(LF, start) + 1) {
      const line = Buffer.concat([...this.#line, chunk.subarray(start, end)]);
      this.#line = [];
      if (namesOf(line).includes(this.#event.name)) this.#seen += 1;
      if (this.#seen === this.#event.nth) return { start, end };
      start = end;
    }
    this.#line.push(chunk.subarray(start));
    return undefined;
  }
}

/** Yields the names that events have for a line: what comes out of a destination with its counts is an echo. */
function namesOf(line: Buffer): string[] {
  const type = /^\s*\{\s*"type"\s*:\s*"(\w+)"/.exec(line.toString("latin1", 0, HEAD_BYTES))?.[1] ?? "text";
  if (type !== "state" && type !== "stream_status") return [type];
  const { state, stream_status: status } = Envelope.safeParse(parseJson(line)).data ?? {};
  const isEcho = "committed" in (state ?? status ?? {});
  if (type === "state") return [isEcho ? "echo" : "state"];
  return isEcho ? [`echo:${status?.status}`] : ["status", `status:${status?.status}`];
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    // whoever gets it says so
    return undefined;
  }
}
