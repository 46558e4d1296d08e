import ts from "typescript-5";
import type { ListEndpoint } from "../src/catalog.ts";
import { listsThatNeedParent } from "../src/overlay.ts";
import type { Method } from "./methods.ts";
import { type ObjectType, objectTypeOf } from "./object-types.ts";

const paging = new Set(["limit", "starting_after", "ending_before", "page", "expand"]);

/** A list endpoint and the object that it lists. */
export type List = { endpoint: ListEndpoint; item: ObjectType };

/** Yields each list that the methods request, sorted by path. */
export function readLists(checker: ts.TypeChecker, methods: Method[]): List[] {
  return methods
    .filter(({ lists }) => lists !== null)
    .map((method) => {
      const item = objectTypeOf(checker, itemType(checker, method));
      const endpoint: ListEndpoint = {
        path: method.path,
        object: item.name,
        ...readAddress(checker, method),
        retrieve_path: itemPath(methods, "GET", method.path),
        delete_path: itemPath(methods, "DELETE", method.path),
        leaves_stub: leavesStub(itemMethod(methods, "GET", method.path)),
      };
      return { endpoint, item };
    })
    .toSorted((one, other) => (one.endpoint.path < other.endpoint.path ? -1 : 1));
}

function itemPath(methods: Method[], verb: string, collection: string): string | null {
  return itemMethod(methods, verb, collection)?.path ?? null;
}

/** Whether what is retrieved may be declared as deleted: Customer | DeletedCustomer. */
function leavesStub(retrieve: Method | undefined): boolean {
  return /\| Deleted\w+/.test(retrieve?.declaration.type?.getText() ?? "");
}

function itemMethod(methods: Method[], verb: string, collection: string): Method | undefined {
  const isItem = ({ path }: Method) =>
    path.startsWith(`${collection}/{`) && path.lastIndexOf("/") === collection.length;
  return methods.find((method) => method.verb === verb && isItem(method));
}

type Address = Omit<ListEndpoint, "path" | "object" | "retrieve_path" | "delete_path" | "leaves_stub">;

function readAddress(checker: ts.TypeChecker, method: Method): Address {
  const path_params = [...method.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const query = queryParameters(checker, method);
  const required = query.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name);
  const needsParent = path_params.length > 0 || required.length > 0 || listsThatNeedParent.has(method.path);
  const pagination = paginationOf(method);
  return {
    top_level: !needsParent && pagination !== "search",
    path_params,
    required_query: required.toSorted(),
    pagination,
    paged: query.some(({ name }) => name === "limit") || pagination === "v2_page_token",
    created_filter: query.some((parameter) => parameter.name === "created" && isRange(checker, parameter)),
    filters: query
      .map(({ name }) => name)
      .filter((name) => !paging.has(name) && name !== "created")
      .toSorted(),
  };
}

function paginationOf({ lists, path }: Method): ListEndpoint["pagination"] {
  if (lists === "search") return "search";
  return path.startsWith("/v2/") ? "v2_page_token" : "v1_cursor";
}

function queryParameters(checker: ts.TypeChecker, { declaration }: Method): ts.Symbol[] {
  const parameter = declaration.parameters.find((each) => each.name.getText() === "params");
  return parameter ? checker.getNonNullableType(checker.getTypeAtLocation(parameter)).getProperties() : [];
}

function isRange(checker: ts.TypeChecker, parameter: ts.Symbol): boolean {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  return (type.isUnion() ? type.types : [type]).some((member) => member.getProperty("gte") !== undefined);
}

function itemType(checker: ts.TypeChecker, { declaration, path }: Method): ts.Type {
  const item =
    declaration.type && ts.isTypeReferenceNode(declaration.type) ? declaration.type.typeArguments?.[0] : undefined;
  if (!item) throw new Error(`GET ${path} does not declare what it lists`);
  return checker.getTypeFromTypeNode(item);
}
