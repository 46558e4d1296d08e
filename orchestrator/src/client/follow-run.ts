import { SluiceError } from "@sluice/protocol";
import { EventSourceParserStream, type EventSourceMessage } from "eventsource-parser/stream";
import { HEARTBEAT_MS } from "../api/server-sent-events.ts";
import { answered, type ApiClient, type Schemas } from "./client.ts";

/**
 * What is told of a run: a line of its log, how it is now, or that it has ended and all was told; and of the connection
 * that it comes by, that there is one, or that there is none for now.
 */
export type RunEvent =
  | { type: "connected" }
  | { type: "lost" }
  | { type: "log"; line: Schemas["LogLine"] }
  | { type: "run"; run: Schemas["Run"] }
  | { type: "end"; status: Schemas["Run"]["status"] };

/** Nothing came in the time of several heartbeats. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const RETRY_MS = 1000;
const MOST_RETRY_MS = 10_000;

export type FollowOptions = {
  signal?: AbortSignal;
  /** The id of the last event that is known already. */
  after?: string;
  /** A connection by which nothing comes for so long is taken as lost. */
  silenceMs?: number;
  /** Before a connection is made anew; twice as long after each one that comes to nothing, up to ten seconds. */
  retryMs?: number;
};

/**
 * Yields what happens to a run until its end. A connection that is lost or falls silent is made anew, and goes on where it
 * broke; so is one that is refused for now. What the server refuses for good is thrown.
 */
export async function* followRun(
  client: ApiClient,
  id: string,
  { signal, after = "", silenceMs = SILENCE_MS, retryMs = RETRY_MS }: FollowOptions = {},
): AsyncGenerator<RunEvent & { id: string }> {
  let lastEventId = after;
  let waitMs = retryMs;
  const isLeft = () => signal?.aborted === true;
  while (!isLeft()) {
    const watchdog = watchSilence(silenceMs, signal);
    try {
      const messages = await open(client, { id, lastEventId, watchdog });
      if (messages === undefined) return;
      waitMs = retryMs;
      yield { type: "connected", id: lastEventId };
      for await (const message of messages) {
        lastEventId = message.id ?? lastEventId;
        const event = eventOf(message);
        if (event !== undefined) yield { ...event, id: lastEventId };
        if (event?.type === "end") return;
      }
    } catch (error) {
      if (error instanceof SluiceError && !PASSING.has(error.code)) throw error;
    } finally {
      watchdog.end();
    }
    if (isLeft()) return;
    yield { type: "lost", id: lastEventId };
    await pause(waitMs, signal);
    waitMs = Math.min(2 * waitMs, MOST_RETRY_MS);
  }
}

const PASSING: ReadonlySet<string> = new Set(["transient", "rate_limit"]);

type Watchdog = {
  /** Aborted when nothing was heard for too long, when whoever follows leaves, and at the end. */
  signal: AbortSignal;
  heard: () => void;
  end: () => void;
};

function watchSilence(silenceMs: number, left: AbortSignal | undefined): Watchdog {
  const connection = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(end, silenceMs);
  };
  const end = () => {
    clearTimeout(timer);
    left?.removeEventListener("abort", end);
    connection.abort();
  };
  heard();
  left?.addEventListener("abort", end);
  return { signal: connection.signal, heard, end };
}

/** Resolves after a while or when it is aborted; with what browsers have, too. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted === true) done();
  });
}

/** Resolves to what comes; to undefined when all was told before. */
async function open(
  client: ApiClient,
  { id, lastEventId, watchdog }: { id: string; lastEventId: string; watchdog: Watchdog },
): Promise<ReadableStream<EventSourceMessage> | undefined> {
  const body = await answered(
    client.GET("/v1/runs/{id}/events", {
      params: { path: { id }, header: lastEventId === "" ? {} : { "last-event-id": lastEventId } },
      parseAs: "stream",
      // given with the request alone, the signal of one that was collected as garbage ends nothing in Node
      fetch: (request) => fetch(request, { signal: watchdog.signal }),
    }),
  );
  if (body === undefined) return undefined;
  const heard = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    // a heartbeat, which is no message, is heard, too
    transform: (bytes, passed) => {
      watchdog.heard();
      passed.enqueue(bytes);
    },
  });
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(heard)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
}

function eventOf({ event, data }: EventSourceMessage): RunEvent | undefined {
  switch (event) {
    case "log":
      return { type: "log", line: JSON.parse(data) as Schemas["LogLine"] };
    case "run":
      return { type: "run", run: JSON.parse(data) as Schemas["Run"] };
    case "end":
      return { type: "end", status: (JSON.parse(data) as Pick<Schemas["Run"], "status">).status };
    default:
      // of a newer server
      return undefined;
  }
}
