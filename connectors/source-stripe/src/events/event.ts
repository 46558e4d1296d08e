import { SluiceError } from "@sluice/protocol";
import { scanMembers } from "@sluice/protocol/stdio";

/** What a snapshot event says; `object` is the object as it was, byte for byte. */
export type StripeEvent = {
  id: string;
  type: string;
  /** Unix seconds; many events share one. */
  created: number;
  /** The version that its object is rendered in, which is not the one that this source asks for. */
  apiVersion: string | undefined;
  object: Buffer;
  /** Former values of the members that an update changed. */
  previous: Buffer | undefined;
};

/** Yields the event of a line without white space; throws `data` for one that lacks what all events have. */
export function readEvent(line: Buffer): StripeEvent {
  const [id, type, created, apiVersion, data] =
    scanMembers(line, ["id", "type", "created", "api_version", "data"]) ?? [];
  const [object, previous] = data === undefined ? [] : (scanMembers(data, ["object", "previous_attributes"]) ?? []);
  if (id === undefined || type === undefined || created === undefined || object === undefined)
    throw new SluiceError(
      "data",
      `The event ${textOf(id) ?? "without an id"} lacks its type, its time or its object; report it, for this source does not know events of that form.`,
    );
  return {
    id: textOf(id) ?? "",
    type: textOf(type) ?? "",
    created: Number(created.toString()),
    apiVersion: textOf(apiVersion),
    object,
    previous,
  };
}

/** Yields the text of a string token, or undefined for any other value. */
export function textOf(token: Buffer | undefined): string | undefined {
  if (token === undefined) return undefined;
  const value: unknown = JSON.parse(token.toString());
  return typeof value === "string" ? value : undefined;
}
