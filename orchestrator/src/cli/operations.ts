import { readFileSync } from "node:fs";
import { join } from "node:path";

type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
};
type Parameter = {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
  description?: string;
};
type Described = {
  operationId?: string;
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};

/** A value that an operation takes: where it goes, and whether it is text or JSON. */
export type Field = {
  name: string;
  place: "path" | "query" | "header" | "body";
  isRequired: boolean;
  isText: boolean;
  description: string;
};
/** An operation of the API as the command line offers it. */
export type Operation = {
  /** What it is called behind the resource: `list`. */
  verb: string;
  method: string;
  path: string;
  summary: string;
  fields: readonly Field[];
};

/** What comes as a stream, and what takes files of this machine, has a verb of its own. */
const OF_THEIR_OWN = new Set(["events", "import"]);

/** Yields the operations of a resource such as `runs`, as the published OpenAPI document has them. */
export function operationsOf(resource: string): Operation[] {
  const file = join(import.meta.dirname, "..", "..", "openapi.json");
  const { paths } = JSON.parse(readFileSync(file, "utf8")) as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, described]) => {
      const [of, verb] = described.operationId?.split(".") ?? [];
      if (of !== resource || verb === undefined || OF_THEIR_OWN.has(verb)) return [];
      const { summary = "", parameters = [] } = described;
      const fields = [...parameters.map(parameterField), ...bodyFields(described)];
      return [{ verb, method: method.toUpperCase(), path, summary, fields }];
    }),
  );
}

function parameterField({ name, in: place, required = false, schema, description }: Parameter): Field {
  return { name, place, isRequired: required, isText: true, description: description ?? schema.description ?? "" };
}

function bodyFields({ requestBody }: Described): Field[] {
  const { properties = {}, required = [] } = requestBody?.content["application/json"]?.schema ?? {};
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    place: "body",
    isRequired: required.includes(name),
    isText: schema.type === "string",
    description: schema.description ?? "",
  }));
}
