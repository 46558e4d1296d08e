import type { FastifyInstance } from "fastify";

/** Yields the parameters of a form as the API reads it: `metadata[key]=a` is a member, `types[]=a` and `types[0]=a` an item. */
function formParameters(text: string): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [, root = name, inside] = /^([^[]+)\[([^\]]*)\]$/.exec(name) ?? [];
    if (inside === undefined) parameters[root] = value;
    else if (/^\d*$/.test(inside)) parameters[root] = [...itemsOf(parameters[root]), value];
    else parameters[root] = { ...Object(parameters[root]), [inside]: value };
  }
  return parameters;
}

/** Has the server take forms, as which the API takes what is written. */
export function acceptForms(app: FastifyInstance): void {
  const type = "application/x-www-form-urlencoded";
  app.addContentTypeParser(type, { parseAs: "string" }, (_, body, done) => done(null, formParameters(String(body))));
}

function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
