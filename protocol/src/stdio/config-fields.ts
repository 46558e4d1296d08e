import { z } from "zod";

/** A configuration field that holds one value: a leaf of the schema, or an array or record as a whole. */
export type ConfigField = {
  path: string[];
  type: "string" | "number" | "boolean" | "json";
  secret: boolean;
  description: string;
};

type JsonSchemaNode = {
  type?: string;
  properties?: Record<string, JsonSchemaNode>;
  anyOf?: JsonSchemaNode[];
  secret?: boolean;
  description?: string;
};

/** Yields the JSON Schema of a configuration, as `spec` prints it: defaults are optional, secrets marked. */
export function configJsonSchema(config: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(config, { io: "input" });
  return schema;
}

/** Yields every field of a configuration that can be set by one environment variable or flag. */
export function configFields(config: z.ZodType): ConfigField[] {
  return fieldsOf(configJsonSchema(config), []);
}

function fieldsOf(node: JsonSchemaNode, path: string[]): ConfigField[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([name, child]) => fieldsOf(child, [...path, name]));
  }
  if (path.length === 0) return [];
  return [{ path, type: fieldType(node), secret: holdsSecret(node), description: node.description ?? "" }];
}

/** A secret may be marked inside a union, an array or a record. */
function holdsSecret(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return ("secret" in node && node.secret === true) || Object.values(node).some(holdsSecret);
}

function fieldType(node: JsonSchemaNode): ConfigField["type"] {
  if (node.type === "string" || node.type === "boolean") return node.type;
  if (node.type === "number" || node.type === "integer") return "number";
  return "json";
}

/** Yields the environment variable of a field: SOURCE_STRIPE_API_KEY for `api_key` of source-stripe. */
export function environmentName(connector: string, path: readonly string[]): string {
  return [connector, ...path]
    .join("_")
    .replaceAll(/[^A-Za-z0-9]/g, "_")
    .toUpperCase();
}

/** Yields the flag of a field: --base-url for `base_url`. Secrets have none: argv shows in process lists. */
export function flagName(path: readonly string[]): string {
  return "--" + path.join("-").replaceAll("_", "-");
}
