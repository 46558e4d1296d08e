import { SluiceError } from "@sluice/protocol";
import { EventSourceParserStream, type EventSourceMessage } from "eventsource-parser/stream";
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

const RECONNECT_MS = 1000;

/**
 * Yields what happens to a run until its end. A connection that is lost is made anew, and goes on where it broke; what
 * the server refuses is thrown.
 */
export async function* followRun(
  client: ApiClient,
  id: string,
  { signal, after = "" }: { signal?: AbortSignal; after?: string } = {},
): AsyncGenerator<RunEvent & { id: string }> {
  let lastEventId = after;
  const isLeft = () => signal?.aborted === true;
  while (!isLeft()) {
    try {
      const messages = await open(client, { id, lastEventId, signal });
      yield { type: "connected", id: lastEventId };
      for await (const message of messages) {
        lastEventId = message.id ?? lastEventId;
        const event = eventOf(message);
        if (event !== undefined) yield { ...event, id: lastEventId };
        if (event?.type === "end") return;
      }
    } catch (error) {
      const isLost = !(error instanceof SluiceError) || error.code === "transient";
      if (!isLost) throw error;
    }
    if (isLeft()) return;
    yield { type: "lost", id: lastEventId };
    await pause(RECONNECT_MS, signal);
  }
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

async function open(
  client: ApiClient,
  { id, lastEventId, signal }: { id: string; lastEventId: string; signal: AbortSignal | undefined },
): Promise<ReadableStream<EventSourceMessage>> {
  const body = await answered(
    client.GET("/v1/runs/{id}/events", {
      params: { path: { id }, header: lastEventId === "" ? {} : { "last-event-id": lastEventId } },
      parseAs: "stream",
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>)
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
