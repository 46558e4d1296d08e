import type { JsonSchema } from "../json-schema.ts";
import type { Components } from "./components.ts";
import type { OasSchema } from "./document.ts";

/**
 * Yields the JSON Schema of an object of the API, drawn as the shipped catalog draws them: plain objects inlined to their
 * full depth, other objects of the API as `{type: "object"}`, no enum, nothing closed.
 */
export function objectSchema(components: Components, given: OasSchema): JsonSchema {
  const { schema, name } = components.resolve(given);
  const variants = components.variants(schema);
  const place = { components, open: name === undefined ? [] : [name] };
  if (variants !== undefined) return { anyOf: variants.map((variant) => objectSchema(components, variant)) };
  return membersSchema(place, schema);
}

/** `open` holds the names of the schemas around a value, so that a schema inside itself is noticed. */
type Place = { components: Components; open: readonly string[] };

function membersSchema(place: Place, { properties, required = [] }: OasSchema): JsonSchema {
  const names = Object.keys(properties ?? {});
  if (properties === undefined || names.length === 0) return { type: "object" };
  const present = required.filter((name) => properties[name] !== undefined).toSorted();
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, valueSchema(place, properties[name] ?? {})])),
    ...(present.length > 0 ? { required: present } : {}),
  };
}

function valueSchema(place: Place, given: OasSchema): JsonSchema {
  const variants = place.components.variants(given);
  if (variants === undefined) return withNull(alternative(place, given), given.nullable === true);
  const drawn = variants.map((variant) => alternative(place, variant));
  const distinct = [...new Map(drawn.map((schema) => [JSON.stringify(schema), schema])).values()];
  return withNull(merged(distinct), given.nullable === true);
}

function merged(schemas: JsonSchema[]): JsonSchema {
  const [first, ...others] = schemas;
  if (first === undefined) return {};
  if (others.length === 0) return first;
  return schemas.every(({ type }) => type === "object") ? { type: "object" } : { anyOf: schemas };
}

function withNull(schema: JsonSchema, nullable: boolean): JsonSchema {
  if (!nullable) return schema;
  if (schema.anyOf !== undefined) return { anyOf: [...schema.anyOf, { type: "null" }] };
  return typeof schema.type === "string" ? { ...schema, type: [schema.type, "null"] } : schema;
}

function alternative(place: Place, given: OasSchema): JsonSchema {
  const { schema, name } = place.components.resolve(given);
  if (place.components.objectName(schema) !== undefined) return { type: "object" };
  if (name !== undefined && place.open.includes(name)) return { type: "object" };
  const inner = name === undefined ? place : { ...place, open: [...place.open, name] };
  const variants = place.components.variants(schema);
  if (variants !== undefined) return valueSchema(inner, schema);
  switch (schema.type) {
    case "string":
      return { type: "string", ...(schema.format === "date-time" ? { format: "date-time" } : {}) };
    case "integer":
      return { type: "integer", ...(schema.format === "unix-time" ? { format: "unix-time" } : {}) };
    case "number":
    case "boolean":
      return { type: schema.type };
    case "array":
      return { type: "array", ...(schema.items === undefined ? {} : { items: valueSchema(inner, schema.items) }) };
    case "object":
      return objectLike(inner, schema);
    default:
      return {};
  }
}

function objectLike(place: Place, schema: OasSchema): JsonSchema {
  const { additionalProperties: others, properties } = schema;
  if (properties === undefined && typeof others === "object")
    return { type: "object", additionalProperties: valueSchema(place, others) };
  return membersSchema(place, schema);
}
