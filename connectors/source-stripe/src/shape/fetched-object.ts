import { SluiceError } from "@sluice/protocol";
import type { StripeStream } from "@sluice/stripe-catalog";
import { StripeApiError } from "../api-error.ts";
import type { StripeClient } from "../stripe-client.ts";

/** An object as it is, and the second as of which; without bytes it is gone. */
export type FetchedObject = { bytes: Buffer | undefined; isCut: boolean; asOf: number };

/** Resolves to an object by its id; throws what the client throws, and `data` where single objects cannot be had. */
export async function fetchObject(
  client: StripeClient,
  { name, path, retrieve_path: endpoint }: StripeStream,
  { id, query = {} }: { id: string; query?: Readonly<Record<string, string>> },
): Promise<FetchedObject> {
  if (endpoint === null)
    throw new SluiceError(
      "data",
      `Objects of ${path} cannot be fetched one by one, which their events call for; the stream "${name}" is not complete. Set events.mode to off.`,
    );
  const asOf = client.serverSeconds;
  try {
    const { bytes, item } = await client.retrieve({
      path: endpoint.replace(/\{\w+\}/, encodeURIComponent(id)),
      endpoint,
      query,
    });
    return { bytes: isStub(bytes) ? undefined : bytes, isCut: item.isCut, asOf };
  } catch (error) {
    if (error instanceof StripeApiError && error.reaction === "missing")
      return { bytes: undefined, isCut: false, asOf };
    throw error;
  }
}

/** A deleted customer, for one, leaves `{id, object, deleted: true}`, and nothing else of it is long as that. */
function isStub(bytes: Buffer): boolean {
  return bytes.length < 1000 && Object(JSON.parse(bytes.toString()))["deleted"] === true;
}
