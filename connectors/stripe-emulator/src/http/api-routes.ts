import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ownAccount } from "../data/own-account.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import { RenderedText } from "../store/rendered-text.ts";
import type { Store } from "../store/store.ts";
import { sendJson, sendPage } from "./answer.ts";
import { noSuchObject } from "./api-error.ts";
import { pathOf } from "./api-hooks.ts";
import { readPage } from "./list-page.ts";
import { readListQuery, refuseExpansion } from "./list-query.ts";
import type { RawQuery } from "./raw-query.ts";

type ApiRequest = FastifyRequest<{ Params: Record<string, string>; Querystring: RawQuery }>;

/** Answers GET on each list of the catalog, on each object that can be retrieved, and on the account itself. */
export function registerApiRoutes(app: FastifyInstance, store: Store): void {
  const texts = new RenderedText();
  const get = (path: string, handler: (request: ApiRequest, reply: FastifyReply) => FastifyReply) =>
    app.get<{ Params: Record<string, string>; Querystring: RawQuery }>(routeOf(path), { config: { path } }, handler);
  const account = ownAccount(store.dataset.world);
  get("/v1/account", (_request, reply) => sendJson(reply, 200, account));
  for (const plan of store.dataset.plans) {
    if (plan.list === undefined) continue;
    get(plan.list.path, (request, reply) => {
      const query = readListQuery(plan, request.query, store.catalog);
      const parent = parentId(store, plan, request.params, query.parent);
      const page = readPage(store, plan, { ...query, parent });
      return sendPage(reply, page, { url: pathOf(request), texts });
    });
    const { retrieve_path: path } = plan.list;
    if (path === null) continue;
    get(path, (request, reply) => {
      refuseExpansion(request.query);
      return sendJson(reply, 200, retrieve(store, plan, request.params));
    });
  }
}

/** Yields the id of the object whose list is asked for; throws the API's refusal when there is no such object. */
function parentId(store: Store, plan: StreamPlan, params: Record<string, string>, inQuery: string | undefined) {
  if (plan.parent === undefined) return undefined;
  const id = inQuery ?? params[plan.parent.parameter] ?? "";
  const parent = store.dataset.plans.find(({ name }) => name === plan.parent?.stream);
  if (parent !== undefined && store.collection(parent.name).get(id) !== undefined) return id;
  throw noSuchObject(parent?.object ?? "object", id, inQuery === undefined ? undefined : plan.parent.parameter);
}

function retrieve(store: Store, plan: StreamPlan, params: Record<string, string>) {
  const id = Object.values(params).at(-1) ?? "";
  const inPath = plan.parent === undefined ? undefined : params[plan.parent.parameter];
  if (inPath !== undefined) parentId(store, plan, params, undefined);
  const entry = store.collection(plan.view?.stream ?? plan.name).get(id);
  const object = entry?.make() ?? (plan.object === "customer" ? store.tombstone(id) : undefined);
  const owner = plan.view === undefined ? entry?.parent : entry?.make()[plan.view.field];
  if (object === undefined || (inPath !== undefined && owner !== inPath)) throw noSuchObject(plan.object, id);
  return object;
}

/** The catalog writes a parameter {customer}, the router :customer. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
