import type { ErrorName } from "./named-error.ts";

/** A way to fail some requests: what they must be, which of them, and what happens to them instead or besides. */
export type Fault = {
  /** The path without query; "*" at its end stands for any rest. Every path when absent. */
  path?: string | undefined;
  method?: string | undefined;
  /** Only requests for the data of this account. */
  account?: string | undefined;
  /** Only requests whose query has this parameter. */
  parameter?: string | undefined;
  /** Lets this many fitting requests pass first. */
  afterRequests?: number | undefined;
  /** Hits this many requests and no more; every one when absent. */
  times?: number | undefined;
  delayMs?: number | undefined;
  /** Never goes on: no answer at all, or half of a body and no more, until the client gives up. */
  hang?: "before_headers" | "mid_body" | undefined;
  /** Resets the connection instead of answering, or in the middle of the answer's body. */
  reset?: "before_headers" | "mid_body" | undefined;
  /** Answers with an error of the API by its name. */
  error?: ErrorName | undefined;
  /** Answers with this status instead; with `body`, or with an error in the API's form. */
  status?: number | undefined;
  /** Sent as it stands when a text, else as JSON. */
  body?: unknown;
  headers?: Record<string, string> | undefined;
  /** Sends half of the true answer as if that were all, a page that is no JSON, or nothing, with status 200. */
  garble?: "cut" | "html" | "empty" | undefined;
  /** Answers a list with an empty page, which says that this is the end or that there is more. */
  page?: "empty" | "empty_with_more" | undefined;
  /** Removes the last object of the page once it is answered, so that the next page's cursor is gone. */
  removes?: "cursor" | undefined;
};

/** What a fault looks at of a request. */
type FaultTarget = { method: string; path: string; account: string; parameters: readonly string[] };

/** The faults in force, in the order in which they were set. */
export class Faults {
  #active: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#active.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#active = [];
  }

  /** Yields the first fault that hits this request and counts the request for every fault that it fits. */
  hit(target: FaultTarget): Fault | undefined {
    let hit: Fault | undefined;
    for (const active of this.#active) {
      const { fault } = active;
      if (!fits(fault, target)) continue;
      active.seen += 1;
      const turn = active.seen - (fault.afterRequests ?? 0);
      if (hit === undefined && turn >= 1 && turn <= (fault.times ?? Number.POSITIVE_INFINITY)) hit = fault;
    }
    return hit;
  }
}

function fits(fault: Fault, { method, path, account, parameters }: FaultTarget): boolean {
  if (fault.account !== undefined && fault.account !== account) return false;
  if (fault.parameter !== undefined && !parameters.includes(fault.parameter)) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return fault.path.endsWith("*") ? path.startsWith(fault.path.slice(0, -1)) : path === fault.path;
}
