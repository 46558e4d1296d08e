import { allPages, answered, type Schemas } from "../client/index.ts";
import type { Operation } from "./operations.ts";

type Values = ReadonlyMap<string, unknown>;
type Page = { items: unknown[]; next_cursor: string | null };

/** Yields what an operation answers, a file as its bytes; of a list each item, to its end. */
export async function* ask(
  operation: Operation,
  { server, token, values }: { server: string; token: string; values: Values },
): AsyncGenerator<unknown> {
  const once = async (cursor?: string): Promise<unknown> => {
    const query = new URLSearchParams(of(operation, "query", values) as Record<string, string>);
    if (cursor !== undefined) query.set("cursor", cursor);
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String(values.get(name))),
    );
    const hasBody = operation.fields.some(({ place }) => place === "body");
    const request = fetch(`${server.replace(/\/$/, "")}${path}?${query.toString()}`, {
      method: operation.method,
      headers: {
        ...(of(operation, "header", values) as Record<string, string>),
        authorization: `Bearer ${token}`,
        ...(hasBody ? { "content-type": "application/json" } : {}),
      },
      body: hasBody ? JSON.stringify(of(operation, "body", values)) : null,
    });
    return answered(request.then(outcomeOf));
  };
  if (!operation.fields.some(({ name }) => name === "cursor")) {
    const answer = await once();
    if (answer !== undefined) yield answer;
    return;
  }
  yield* allPages(async (cursor) => (await once(cursor)) as Page);
}

function of(
  { fields }: Operation,
  place: Operation["fields"][number]["place"],
  values: Values,
): Record<string, unknown> {
  const given = fields.filter((field) => field.place === place && values.has(field.name));
  return Object.fromEntries(given.map(({ name }) => [name, values.get(name)]));
}

async function outcomeOf(response: Response) {
  // a file is none of our business
  if (response.headers.get("content-type") === "application/gzip")
    return { data: Buffer.from(await response.arrayBuffer()), response };
  const answer = parsed(await response.text());
  return response.ok ? { data: answer, response } : { error: answer as Schemas["Problem"], response };
}

/** An answer that is no JSON, such as YAML, is printed as it is; nothing is no answer. */
function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text.trimEnd();
  }
}
