import type { Stream } from "@sluice/protocol";

/** A stream as the page needs it, made once of what `discover` told. */
export type OfferedStream = {
  name: string;
  group: string;
  access: "granted" | "denied" | "unavailable";
  /** Why it may not be read. */
  reason: string | undefined;
  key: readonly string[];
  fields: readonly { name: string; type: string; isKey: boolean }[];
  canFollow: boolean;
  deletes: boolean;
  parent: string | undefined;
};

type Discovered = { streams: (Stream | { stream: Stream })[] };

/** Yields the streams of a catalog by name, each in the group of those that begin alike. */
export function offeredStreams(discovered: Discovered): OfferedStream[] {
  const streams = discovered.streams.map((each) => ("json_schema" in each ? (each as Stream) : each.stream));
  const sizes = Map.groupBy(streams, ({ name }) => firstWord(name));
  return streams
    .map((stream) => offered(stream, sizes.get(firstWord(stream.name))?.length ?? 1))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The group of streams that begin like no other. */
export const OTHERS = "others";

function offered(stream: Stream, groupSize: number): OfferedStream {
  const { name, primary_key: key = [], supports, parent, metadata } = stream;
  const { status, message } = accessOf(metadata);
  const properties = (stream.json_schema["properties"] ?? {}) as Record<string, { type?: unknown; format?: unknown }>;
  return {
    name,
    group: groupSize > 1 ? firstWord(name) : OTHERS,
    access: status,
    reason: message,
    key,
    fields: Object.entries(properties).map(([field, schema]) => ({
      name: field,
      type: typeWords(schema),
      isKey: key.includes(field),
    })),
    canFollow: supports?.incremental === true,
    deletes: supports?.deletes === true,
    parent,
  };
}

function firstWord(name: string): string {
  return name.split("_")[0] ?? name;
}

function accessOf(metadata: Record<string, unknown> | undefined): {
  status: OfferedStream["access"];
  message: string | undefined;
} {
  const access = (metadata?.["access"] ?? {}) as { status?: unknown; message?: unknown };
  const status = access.status === "denied" || access.status === "unavailable" ? access.status : "granted";
  return { status, message: typeof access.message === "string" ? access.message : undefined };
}

function typeWords({ type, format }: { type?: unknown; format?: unknown }): string {
  if (format === "unix-time") return "time";
  if (typeof format === "string") return format;
  const types = (Array.isArray(type) ? type : [type]).filter((each) => typeof each === "string" && each !== "null");
  return types.length === 0 ? "any" : types.join(" or ");
}
