import { SluiceError } from "@sluice/protocol";
import type { SourceOutput } from "@sluice/protocol/stdio";
import { recordLineHead, RECORD_LINE_TAIL } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { StripeApiError } from "../api-error.ts";
import type { StripeClient } from "../stripe-client.ts";
import { deleteVersion, refetchVersion } from "../versions.ts";

const DELETED = /^\{(?:"(?:id|object)":"[^"]*",)*"deleted":true/;

/** Resolves to an object as it is now, or to its delete when it is gone; throws what the client throws. */
export async function refetch(
  client: StripeClient,
  stream: StripeStream,
  { id, second }: { id: string; second: number },
): Promise<SourceOutput> {
  const asOf = client.serverSeconds;
  const endpoint = stream.retrieve_path;
  if (endpoint === null) throw notRetrievable(stream);
  const gone = () =>
    recordLine(stream.name, {
      op: "delete",
      version: deleteVersion(Math.max(asOf - 1, second)),
      data: Buffer.from(JSON.stringify({ id })),
    });
  try {
    const { bytes } = await client.retrieve(endpoint.replace(/\{\w+\}/, encodeURIComponent(id)), endpoint);
    // a deleted customer leaves a stub of id, object and `deleted`
    if (DELETED.test(bytes.toString("latin1", 0, 1000))) return gone();
    return recordLine(stream.name, { op: "upsert", version: refetchVersion(asOf, second), data: bytes });
  } catch (error) {
    if (error instanceof StripeApiError && error.reaction === "missing") return gone();
    throw error;
  }
}

/** Yields one record as its line, the data byte for byte. */
export function recordLine(
  stream: string,
  { op, version, data }: { op: "upsert" | "delete"; version: number; data: Buffer },
): SourceOutput {
  const head = recordLineHead({ stream, op, version, emittedAt: new Date().toISOString() });
  const bytes = Buffer.concat([Buffer.from(head), data, Buffer.from(RECORD_LINE_TAIL)]);
  return { type: "lines", stream, count: 1, bytes };
}

function notRetrievable({ name, path }: StripeStream): SluiceError {
  return new SluiceError(
    "data",
    `Objects of ${path} cannot be fetched one by one, which their events call for; the stream "${name}" is not complete. Set events.hydrate to never, or events.mode to off.`,
  );
}
