import type { FastifyInstance } from "fastify";
import type { StreamPlan } from "../data/stream-plan.ts";
import type { Accounts } from "../store/accounts.ts";
import { sendBytes } from "./answer.ts";
import { ApiError } from "./api-error.ts";
import { pathOf } from "./api-hooks.ts";
import { type ApiRequest, type Exchange, afterPage, emptyPage, get, parentId, sendObject } from "./api-routes.ts";
import { readPage } from "./list-page.ts";
import type { Envelope, PageRenderer } from "./page-renderer.ts";
import { nextPageUrl, readV2Query } from "./v2-query.ts";

/** Answers GET on each list of version 2 and on each of its objects that can be retrieved. */
export function registerV2Routes(app: FastifyInstance, { own }: Accounts, renderer: PageRenderer): void {
  for (const plan of own.dataset.plans) {
    if (plan.list?.pagination !== "v2_page_token") continue;
    const { path, retrieve_path } = plan.list;
    get(app, { path, plan }, (request, reply) => {
      requireVersion(request);
      return sendList(plan, { request, reply, renderer });
    });
    if (retrieve_path === null) continue;
    get(app, { path: retrieve_path, plan }, (request, reply) => {
      requireVersion(request);
      return sendObject(plan, { request, reply });
    });
  }
}

/** Version 2 has no default version. */
function requireVersion({ headers }: ApiRequest): void {
  if (headers["stripe-version"] !== undefined) return;
  const message = "Requests to version 2 of the API must name their version in the header Stripe-Version.";
  throw new ApiError(message, { status: 400, code: "missing_stripe_version" });
}

function sendList(plan: StreamPlan, { request, reply, renderer }: Exchange & { renderer: PageRenderer }) {
  const { fault, query, store } = request;
  const asked = readV2Query(plan, query, store.catalog);
  const parent = parentId(store, plan, request.params, undefined);
  const page = fault?.page === undefined ? readPage(store, plan, { ...asked, parent }) : emptyPage(fault.page);
  const last = page.entries.at(-1);
  const path = pathOf(request);
  const next = page.hasMore ? (last === undefined ? request.url : nextPageUrl(path, asked, last)) : null;
  const bytes = renderer.render(`${request.account} ${request.url}`, page, envelope(next));
  afterPage(store, fault, page);
  return sendBytes(reply, 200, bytes);
}

function envelope(next: string | null): Envelope {
  return {
    head: '{\n  "data": ',
    tail: `,\n  "next_page_url": ${JSON.stringify(next)},\n  "previous_page_url": null\n}\n`,
  };
}
