import { SluiceError, FailureType } from "@sluice/protocol";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./generated/paths.ts";

export type { paths };
export type ApiClient = Client<paths>;
/** The shapes of the API by their names: `Schemas["Run"]`. */
export type Schemas = components["schemas"];

export type ConnectOptions = {
  /** Such as `http://127.0.0.1:8090`. */
  server: string;
  /** Left out where a cookie does it, as in a browser. */
  token?: string | undefined;
};

/**
 * Yields a client of the API whose paths, parameters and answers are typed by its OpenAPI document. A failure that another
 * one answered, such as a proxy, is a problem, too; its `request_id` is empty.
 */
export function connect({ server, token }: ConnectOptions): ApiClient {
  const client = createClient<paths>({
    baseUrl: server,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  client.use({
    onResponse: ({ response }) =>
      response.ok || isOurs(response) ? undefined : Response.json(problemOf(response), { status: response.status }),
  });
  return client;
}

type Outcome<Data> = { data?: Data; error?: Schemas["Problem"] | undefined; response: Response };

/** Resolves to what was answered; throws what the API tells, or `transient` when it cannot be reached. */
export async function answered<Data>(asked: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await asked.catch((cause: unknown) => {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new SluiceError("transient", `The server of Sluice cannot be reached: ${reason}; see --server.`, { cause });
  });
  if (error !== undefined || !response.ok) throw failureOf(response, error);
  return data as Data;
}

/** Yields the items of a list, page by page as they are asked for. */
export async function* allPages<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; next_cursor: string | null }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const { items, next_cursor: next } = await page(cursor);
    yield* items;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

function isOurs({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("application/problem+json") === true;
}

/** Yields what an answer that is none of the API's comes to. */
function problemOf({ status, statusText }: Response): Schemas["Problem"] {
  return {
    type: "about:blank",
    title: "The answer is not from Sluice",
    status,
    detail: `The server, or what stands before it, answered ${status} ${statusText}`.trimEnd() + ".",
    code: typeOf(status),
    request_id: "",
  };
}

/** Yields the failure type of a status alone. */
function typeOf(status: number): FailureType {
  const types: Record<number, FailureType> = { 401: "auth", 403: "permission", 429: "rate_limit" };
  return types[status] ?? (status >= 500 ? "transient" : "config");
}

function failureOf(response: Response, problem: Partial<Schemas["Problem"]> | undefined): SluiceError {
  const { code, detail = problemOf(response).detail, errors = [], request_id: id = "" } = problem ?? {};
  const fields = errors.map(({ path, message }) => ` ${path}: ${message}.`).join("");
  const type = FailureType.safeParse(code).data ?? typeOf(response.status);
  return new SluiceError(type, detail + fields, id === "" ? {} : { detail: `request ${id}` });
}
