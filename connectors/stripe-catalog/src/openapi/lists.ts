import type { ListEndpoint } from "../catalog.ts";
import { aliasLists, listsThatNeedParent } from "../overlay.ts";
import type { Components } from "./components.ts";
import { type OasSchema, type OpenApiDocument, type Operation, answerSchema } from "./document.ts";

const paging = new Set(["limit", "starting_after", "ending_before", "page", "expand"]);

/** A list endpoint and the schema of what it lists. */
export type List = { endpoint: ListEndpoint; item: OasSchema };

/** Yields each list that the document describes, sorted by path. */
export function readLists({ paths }: OpenApiDocument, components: Components): List[] {
  return Object.keys(paths)
    .filter((path) => !aliasLists.has(path))
    .toSorted()
    .flatMap((path) => {
      const operation = paths[path]?.get;
      const answer = answerSchema(operation);
      const properties = answer && components.resolve(answer).schema.properties;
      const item = properties?.["data"]?.items;
      const isList = properties?.["has_more"] !== undefined || properties?.["next_page_url"] !== undefined;
      const object = item && components.objectName(item);
      if (operation === undefined || item === undefined || object === undefined || !isList) return [];
      const items = itemPaths(paths, path);
      return [{ endpoint: { path, object, ...addressOf(path, operation), ...itemOf(items, components) }, item }];
    });
}

type Paths = OpenApiDocument["paths"];
type ItemPath = { path: string; get: Operation | undefined; delete: Operation | undefined };

function itemPaths(paths: Paths, collection: string): ItemPath[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith(`${collection}/{`) && path.lastIndexOf("/") === collection.length)
    .map(([path, item]) => ({ path, get: item.get, delete: item.delete }));
}

function itemOf(items: ItemPath[], components: Components) {
  const retrieve = items.find((item) => item.get !== undefined);
  const answer = answerSchema(retrieve?.get);
  const variants = answer && components.variants(components.resolve(answer).schema);
  return {
    retrieve_path: retrieve?.path ?? null,
    delete_path: items.find((item) => item.delete !== undefined)?.path ?? null,
    leaves_stub: variants?.some(({ $ref = "" }) => $ref.includes("/deleted_")) === true,
  };
}

type Address = Omit<ListEndpoint, "path" | "object" | "retrieve_path" | "delete_path" | "leaves_stub">;

function addressOf(path: string, { parameters }: Operation): Address {
  const path_params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const query = parameters.filter((parameter) => parameter.in === "query");
  const names = query.map(({ name }) => name);
  const required = query.filter((parameter) => parameter.required === true).map(({ name }) => name);
  const pagination = paginationOf(path);
  const needsParent = path_params.length > 0 || required.length > 0 || listsThatNeedParent.has(path);
  return {
    top_level: !needsParent && pagination !== "search",
    path_params,
    required_query: required.toSorted(),
    pagination,
    paged: names.includes("limit") || pagination === "v2_page_token",
    created_filter: query.some(({ name, schema }) => name === "created" && isRange(schema)),
    filters: names.filter((name) => !paging.has(name) && name !== "created").toSorted(),
  };
}

function paginationOf(path: string): ListEndpoint["pagination"] {
  if (path.endsWith("/search")) return "search";
  return path.startsWith("/v2/") ? "v2_page_token" : "v1_cursor";
}

function isRange(schema: OasSchema = {}): boolean {
  return [schema, ...(schema.anyOf ?? [])].some(({ properties }) => properties?.["gte"] !== undefined);
}
