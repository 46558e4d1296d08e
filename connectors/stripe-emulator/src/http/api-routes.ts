import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { EVENT_RETENTION_S } from "../data/event-object.ts";
import { EVENT_STREAMS, type StreamPlan } from "../data/stream-plan.ts";
import { renderedAs } from "../data/version-change.ts";
import type { Accounts } from "../store/accounts.ts";
import type { Store } from "../store/store.ts";
import { sendBytes, sendJson } from "./answer.ts";
import { agedOut, noSuchObject } from "./api-error.ts";
import { pathOf } from "./api-hooks.ts";
import { expanded, readExpansion } from "./expansion.ts";
import type { Fault } from "./faults.ts";
import { type Page, readPage } from "./list-page.ts";
import { readListQuery } from "./list-query.ts";
import { type Envelope, type PageRenderer, renderAnew } from "./page-renderer.ts";
import type { RawQuery } from "./raw-query.ts";

/** A request for a list or an object, its path's parameters and its query taken apart. */
export type ApiRequest = FastifyRequest<{ Params: Record<string, string>; Querystring: RawQuery }>;
type Handler = (request: ApiRequest, reply: FastifyReply) => FastifyReply;

/** Answers GET on each list of version 1, on each object that can be retrieved, and on the account itself. */
export function registerApiRoutes(app: FastifyInstance, accounts: Accounts, renderer: PageRenderer): void {
  app.get("/v1/account", { config: { path: "/v1/account" } }, (request, reply) =>
    sendJson(reply, 200, accounts.shown(request.account)),
  );
  for (const plan of accounts.own.dataset.plans) {
    if (plan.list?.pagination !== "v1_cursor") continue;
    const { path, retrieve_path } = plan.list;
    get(app, { path, plan }, (request, reply) => sendList(plan, { request, reply, renderer }));
    if (retrieve_path === null) continue;
    get(app, { path: retrieve_path, plan }, (request, reply) => sendObject(plan, { request, reply }));
  }
}

/** Answers GET on a path as the catalog writes it. */
export function get(app: FastifyInstance, config: { path: string; plan: StreamPlan }, handler: Handler): void {
  // the catalog writes a parameter {customer}, the router :customer
  const url = config.path.replaceAll(/\{(\w+)\}/g, ":$1");
  app.get<{ Params: Record<string, string>; Querystring: RawQuery }>(url, { config }, handler);
}

/** A request and the answer to it. */
export type Exchange = { request: ApiRequest; reply: FastifyReply };

function sendList(plan: StreamPlan, { request, reply, renderer }: Exchange & { renderer: PageRenderer }) {
  const { fault, query, store } = request;
  const asked = readListQuery(plan, query, store.catalog);
  const expand = readExpansion(query, plan.object, { isList: true, catalog: store.catalog });
  const parent = parentId(store, plan, request.params, asked.parent);
  const page = fault?.page === undefined ? readPage(store, plan, { ...asked, parent }) : emptyPage(fault.page);
  const envelope = listEnvelope(page, pathOf(request));
  const isAsKept = expand.length === 0 && request.apiVersion === store.catalog.api_version;
  const bytes = isAsKept
    ? renderer.render(`${request.account} ${request.url}`, page, envelope)
    : renderAnew(
        page.entries.map((entry) => renderedAs(expanded(store, entry.make(), expand), versionOf(store, request))),
        envelope,
      );
  afterPage(store, fault, page);
  return sendBytes(reply, 200, bytes);
}

/** Answers with the object that the path names. */
export function sendObject(plan: StreamPlan, { request, reply }: Exchange) {
  const { store } = request;
  const expand = readExpansion(request.query, plan.object, { isList: false, catalog: store.catalog });
  const object = retrieve(store, plan, request.params);
  return sendJson(reply, 200, renderedAs(expanded(store, object, expand), versionOf(store, request)));
}

function listEnvelope({ hasMore }: Page, url: string): Envelope {
  return {
    head: '{\n  "object": "list",\n  "data": ',
    tail: `,\n  "has_more": ${hasMore},\n  "url": ${JSON.stringify(url)}\n}\n`,
  };
}

function versionOf({ catalog }: Store, { apiVersion }: ApiRequest): string {
  return apiVersion ?? catalog.api_version;
}

/** Yields a page without objects, as a fault wants it. */
export function emptyPage(kind: "empty" | "empty_with_more"): Page {
  return { entries: [], hasMore: kind === "empty_with_more" };
}

/** Does what a fault wants done once a page is rendered. */
export function afterPage(store: Store, fault: Fault | undefined, { entries }: Page): void {
  const last = fault?.removes === "cursor" ? entries.at(-1) : undefined;
  const found = last && store.find(last.id);
  if (found !== undefined && !EVENT_STREAMS.includes(found.plan.name)) store.delete(found);
}

/** Yields the id of the object whose list is asked for; throws the API's refusal when there is no such object. */
export function parentId(store: Store, plan: StreamPlan, params: Record<string, string>, inQuery: string | undefined) {
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
  const isAged =
    EVENT_STREAMS.includes(plan.name) && entry !== undefined && entry.created < store.now() - EVENT_RETENTION_S;
  if (isAged) throw agedOut(id);
  const object = entry?.make() ?? (plan.list?.leaves_stub === true ? store.tombstone(id) : undefined);
  const owner = plan.view === undefined ? entry?.parent : entry?.make()[plan.view.field];
  if (object === undefined || (inPath !== undefined && owner !== inPath)) throw noSuchObject(plan.object, id);
  return object;
}
