import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { ConfiguredStream, Stream } from "../catalog.ts";
import { SluiceError } from "../failure.ts";
import type { Payload } from "../message.ts";
import { readJsonArgument } from "./config-source.ts";

const CatalogFile = z.looseObject({
  streams: z.array(z.union([ConfiguredStream, Stream])),
  pipeline_id: z.string().optional(),
});

export type ConfiguredCatalog = { streams: ConfiguredStream[]; pipelineId: string | undefined };

/** Yields the catalog of a `--catalog` file: a catalog message or its payload, streams configured or as discovered. */
export async function readCatalogFile(file: string): Promise<ConfiguredCatalog> {
  const json = await readJsonArgument({ flag: "--catalog", value: file });
  const parsed = CatalogFile.safeParse(json["type"] === "catalog" ? json["catalog"] : json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SluiceError(
      "config",
      `--catalog: ${file} is not a catalog (${issue?.path.join(".")}: ${issue?.message}); give what "discover" printed.`,
    );
  }
  return configuredCatalog(parsed.data);
}

/** Yields a catalog whose streams are all configured: a bare stream is merged by its key, or appended without one. */
export function configuredCatalog(catalog: Payload<"catalog">): ConfiguredCatalog {
  return { streams: catalog.streams.map(configure), pipelineId: catalog.pipeline_id };
}

/** Yields the streams with the given names, in their order; throws `config` for one that the catalog does not have. */
export function selectStreams(streams: ConfiguredStream[], names: readonly string[]): ConfiguredStream[] {
  return names.map((name) => {
    const found = streams.find(({ stream }) => stream.name === name);
    if (found !== undefined) return found;
    const close = nearest(
      name,
      streams.map(({ stream }) => stream.name),
    );
    const hint = close === undefined ? '"discover" prints all' : `did you mean "${close}"? "discover" prints all`;
    throw new SluiceError("config", `The stream "${name}" does not exist; ${hint}.`);
  });
}

/** Yields the properties that a read of a stream sends: the selected ones and the key; undefined when all are. */
export function selectedFields({ stream, fields }: ConfiguredStream): ReadonlySet<string> | undefined {
  return fields === undefined ? undefined : new Set([...(stream.primary_key ?? []), ...fields]);
}

/** Yields a stream whose schema has the selected properties only; throws `config` for one that it does not have. */
export function narrowToFields(configured: ConfiguredStream): ConfiguredStream {
  const selected = selectedFields(configured);
  if (selected === undefined) return configured;
  const { stream } = configured;
  const { properties } = stream.json_schema;
  // a schema without properties says nothing of what there is
  if (!isRecord(properties)) return configured;
  const unknown = [...selected].find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) {
    const close = nearest(unknown, Object.keys(properties));
    const hint = close === undefined ? "" : ` (did you mean "${close}"?)`;
    throw new SluiceError("config", `The stream "${stream.name}" has no field "${unknown}"${hint}; correct "fields".`);
  }
  const required = stream.json_schema["required"];
  const json_schema = {
    ...stream.json_schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => selected.has(name))),
    ...(Array.isArray(required) ? { required: required.filter((name) => selected.has(String(name))) } : {}),
  };
  return { ...configured, stream: { ...stream, json_schema } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function configure(stream: ConfiguredStream | Stream): ConfiguredStream {
  const configured = ConfiguredStream.safeParse(stream);
  if (configured.success) return configured.data;
  const bare = Stream.parse(stream);
  return {
    stream: bare,
    sync_mode: bare.supports?.incremental === true ? "incremental" : "full_refresh",
    destination_mode: (bare.primary_key ?? []).length > 0 ? "merge" : "append",
  };
}

function nearest(name: string, candidates: string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const best = closest(name, candidates);
  return distance(name, best) <= Math.max(2, name.length / 3) ? best : undefined;
}
