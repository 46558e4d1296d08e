import type { Catalog } from "../src/catalog.ts";
import { readEvents } from "./events.ts";
import { readLists } from "./lists.ts";
import { readMethods } from "./methods.ts";
import { readNestedLists } from "./nested-lists.ts";
import type { ObjectType } from "./object-types.ts";
import { objectSchema } from "./schemas.ts";
import { loadSdk } from "./sdk.ts";
import { readThinEvents } from "./thin-events.ts";

/** The generated files by their names in `src/generated`. */
export type GeneratedFiles = { "catalog.json": string; "version.ts": string };

/** Yields the generated files for the installed `stripe` package; the same package gives the same bytes. */
export function generateFiles(): GeneratedFiles {
  const { apiVersion, checker, resources, events: eventFile, thinEvents } = loadSdk();
  const lists = readLists(checker, resources.flatMap(readMethods));
  const { events, objects } = readEvents(checker, eventFile);
  const listed = [...lists.map(({ item }) => item), ...objects];
  const endpoints = lists.map(({ endpoint }) => endpoint);
  const nested = readNestedLists(checker, typesByName(listed), endpoints);
  const types = typesByName([...listed, ...nested.objects]);
  const schemas = [...types].map(([name, type]) => [name, objectSchema(checker, type)] as const);
  const catalog: Catalog = {
    api_version: apiVersion,
    lists: endpoints,
    nested_lists: nested.nested,
    schemas: Object.fromEntries(schemas),
    events,
    thin_events: readThinEvents(checker, thinEvents),
  };
  return { "catalog.json": catalogText(catalog), "version.ts": versionText(apiVersion) };
}

function typesByName(objects: ObjectType[]): Map<string, ObjectType["type"]> {
  const types = new Map<string, ObjectType["type"]>();
  for (const { name, type } of objects.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    if ((types.get(name) ?? type) !== type) throw new Error(`the SDK declares two types of the object ${name}`);
    types.set(name, type);
  }
  return types;
}

/** One line for each list, schema and event: small, and a new release of the API reads well as a diff. */
function catalogText({ api_version, lists, nested_lists, schemas, events, thin_events }: Catalog): string {
  const rows = (values: unknown[]) => values.map((value) => JSON.stringify(value)).join(",\n");
  const members = Object.entries(schemas).map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
  return [
    `{"api_version":${JSON.stringify(api_version)},`,
    `"lists":[\n${rows(lists)}\n],`,
    `"nested_lists":[\n${rows(nested_lists)}\n],`,
    `"schemas":{\n${members.join(",\n")}\n},`,
    `"events":[\n${rows(events)}\n],`,
    `"thin_events":[\n${rows(thin_events)}\n]}\n`,
  ].join("\n");
}

function versionText(apiVersion: string): string {
  return [
    "/** The API version that the catalog describes. */",
    `export const catalogVersion = ${JSON.stringify(apiVersion)};`,
    "",
  ].join("\n");
}
