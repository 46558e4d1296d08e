import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { EVENT_RETENTION_S } from "../data/event-object.ts";
import { ownAccount } from "../data/own-account.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import { RenderedText } from "../store/rendered-text.ts";
import type { Store } from "../store/store.ts";
import { sendJson, sendPage } from "./answer.ts";
import { agedOut, noSuchObject } from "./api-error.ts";
import { pathOf } from "./api-hooks.ts";
import { type Page, readPage } from "./list-page.ts";
import { readListQuery, refuseExpansion } from "./list-query.ts";
import type { RawQuery } from "./raw-query.ts";

type ApiRequest = FastifyRequest<{ Params: Record<string, string>; Querystring: RawQuery }>;

/** Answers GET on each list of the catalog, on each object that can be retrieved, and on the account itself. */
export function registerApiRoutes(app: FastifyInstance, store: Store): void {
  const texts = new RenderedText();
  const get = (
    path: string,
    plan: StreamPlan | undefined,
    handler: (request: ApiRequest, reply: FastifyReply) => FastifyReply,
  ) =>
    app.get<{ Params: Record<string, string>; Querystring: RawQuery }>(
      routeOf(path),
      { config: plan === undefined ? { path } : { path, plan } },
      handler,
    );
  const account = ownAccount(store.dataset.world);
  get("/v1/account", undefined, (_request, reply) => sendJson(reply, 200, account));
  for (const plan of store.dataset.plans) {
    if (plan.list === undefined) continue;
    get(plan.list.path, plan, (request, reply) => {
      const query = readListQuery(plan, request.query, store.catalog);
      const parent = parentId(store, plan, request.params, query.parent);
      const { fault } = request;
      const page = fault?.page === undefined ? readPage(store, plan, { ...query, parent }) : emptyPage(fault.page);
      const sent = sendPage(reply, page, { url: pathOf(request), texts });
      if (fault?.removes === "cursor") removeLast(store, page);
      return sent;
    });
    const { retrieve_path: path } = plan.list;
    if (path === null) continue;
    get(path, plan, (request, reply) => {
      refuseExpansion(request.query);
      return sendJson(reply, 200, retrieve(store, plan, request.params));
    });
  }
}

function emptyPage(kind: "empty" | "empty_with_more"): Page {
  return { entries: [], hasMore: kind === "empty_with_more" };
}

function removeLast(store: Store, { entries }: Page): void {
  const last = entries.at(-1);
  const found = last && store.find(last.id);
  if (found !== undefined && found.plan.name !== "events") store.delete(found);
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
  if (plan.name === "events" && entry !== undefined && entry.created < store.now() - EVENT_RETENTION_S)
    throw agedOut(id);
  const object = entry?.make() ?? (plan.object === "customer" ? store.tombstone(id) : undefined);
  const owner = plan.view === undefined ? entry?.parent : entry?.make()[plan.view.field];
  if (object === undefined || (inPath !== undefined && owner !== inPath)) throw noSuchObject(plan.object, id);
  return object;
}

/** The catalog writes a parameter {customer}, the router :customer. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
