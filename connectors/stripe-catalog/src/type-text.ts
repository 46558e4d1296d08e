import type { Catalog } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";

/**
 * Yields TypeScript declarations of the objects that an API version lists, one interface each: `IssuingCard` for
 * "issuing.card". Instants are numbers or texts as on the wire; another object of the API is `Record<string, unknown>`.
 */
export function typeText({ api_version, schemas }: Catalog): string {
  const types = Object.entries(schemas).map(([object, schema]) => `${declaration(object, schema)}\n`);
  return [
    `// Objects of Stripe's API ${api_version}. Written by @sluice/stripe-catalog; do not edit.\n`,
    ...types,
  ].join("\n");
}

function declaration(object: string, schema: JsonSchema): string {
  const name = typeName(object);
  const opening = `/** The object \`${object}\`. */\n`;
  if (schema.anyOf !== undefined) return `${opening}export type ${name} = ${valueText(schema, 0)};`;
  return `${opening}export interface ${name} ${membersText(schema, 0)}`;
}

/** "checkout.session" gives "CheckoutSession". */
function typeName(object: string): string {
  return object.replaceAll(/(^|[._])([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
}

function membersText({ properties = {}, required = [] }: JsonSchema, depth: number): string {
  const indent = "  ".repeat(depth + 1);
  const members = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? "" : "?";
    return `${indent}${propertyName(name)}${mark}: ${valueText(schema, depth + 1)};`;
  });
  return `{\n${members.join("\n")}\n${"  ".repeat(depth)}}`;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function valueText(schema: JsonSchema, depth: number): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => valueText(each, depth)).join(" | ");
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? "unknown" : types.map((type) => typedText(type, schema, depth)).join(" | ");
}

function typedText(type: string, schema: JsonSchema, depth: number): string {
  switch (type) {
    case "integer":
      return "number";
    case "array":
      return `Array<${valueText(schema.items ?? {}, depth)}>`;
    case "object":
      if (schema.properties !== undefined) return membersText(schema, depth);
      return `Record<string, ${schema.additionalProperties === undefined ? "unknown" : valueText(schema.additionalProperties, depth)}>`;
    default:
      return type;
  }
}
