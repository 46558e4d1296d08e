import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const OPTIONS = { strict: false, allErrors: true, validateFormats: false } as const;

export type JsonSchema = { readonly [keyword: string]: unknown };
/** A place in a schema: its path, such as `ssl.mode`, and what stands there. */
export type SchemaPlace = { path: string; name: string; schema: JsonSchema };

/** Yields a validator for a schema (draft 2020-12), or in a sentence why it is none. */
export function validatorOf(schema: JsonSchema): ValidateFunction | string {
  try {
    const { $schema: _, ...rest } = schema;
    return new Ajv2020(OPTIONS).compile(rest);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Yields what a validator found last, without the values that it looked at. */
export function violations({ errors }: ValidateFunction): string[] {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath === "" ? "it" : instancePath} ${message}`);
}

/** Yields a schema as it is behind references inside of its root, with what stands beside them. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  return follow(schema, { root, behind: [] }).schema;
}

/**
 * Yields every property in a schema, however deep: inside of alternatives and arrays, and behind references inside of the
 * schema, a cycle of them once. A property of any name has the name `*`.
 */
export function properties(root: unknown): SchemaPlace[] {
  return isSchema(root) ? placesIn(root, "", { root, behind: [] }) : [];
}

/** Yields the values that a configuration has at the path of a property, also in each item of a list. */
export function valuesAt(config: unknown, path: string): unknown[] {
  let found = [config];
  for (const name of path.split(".")) {
    const holders = found.flatMap((value) => (Array.isArray(value) ? value : [value])).filter(isSchema);
    found = holders.flatMap((holder) =>
      name === "*" ? Object.values(holder) : Object.hasOwn(holder, name) ? [holder[name]] : [],
    );
  }
  return found.flatMap((value) => (Array.isArray(value) ? value : [value]));
}

/** The root of a schema, and the references that led to where one is in it. */
type Way = { root: JsonSchema; behind: readonly string[] };

function placesIn(start: JsonSchema, path: string, way: Way): SchemaPlace[] {
  const { schema, behind } = follow(start, way);
  const further = { root: way.root, behind };
  const named = Object.entries(isSchema(schema["properties"]) ? schema["properties"] : {});
  const anyName = [schema["additionalProperties"], ...Object.values(Object(schema["patternProperties"]))];
  const own = [...named, ...anyName.map((member): [string, unknown] => ["*", member])].flatMap(([name, member]) => {
    if (!isSchema(member)) return [];
    const place = path === "" ? name : `${path}.${name}`;
    return [{ path: place, name, schema: follow(member, further).schema }, ...placesIn(member, place, further)];
  });
  const lists = ["oneOf", "anyOf", "allOf", "prefixItems"].map((keyword) => schema[keyword]).filter(Array.isArray);
  const inner = [...lists.flat(), schema["items"], schema["then"], schema["else"]].filter(isSchema);
  return [...own, ...inner.flatMap((each) => placesIn(each, path, further))];
}

/** Follows the references of a schema; one that leads back or outside stays. */
function follow(schema: JsonSchema, { root, behind }: Way): { schema: JsonSchema; behind: readonly string[] } {
  const { $ref: reference, ...beside } = schema;
  if (typeof reference !== "string" || behind.includes(reference)) return { schema, behind };
  const target = memberAt(root, reference);
  if (!isSchema(target)) return { schema, behind };
  return follow({ ...target, ...beside }, { root, behind: [...behind, reference] });
}

/** Yields what a reference such as `#/$defs/a~1b` leads to. */
function memberAt(root: JsonSchema, reference: string): unknown {
  if (!/^#(\/|$)/.test(reference)) return undefined;
  const names = reference
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>(
    (value, name) => (Object.hasOwn(Object(value), name) ? Object(value)[name] : undefined),
    root,
  );
}

/** Tells whether a value is an object, as schemas are. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Yields the types that a schema names, or none when it leaves that open. */
export function typesOf(schema: JsonSchema): string[] {
  const { type } = schema;
  return Array.isArray(type) ? type.map(String) : typeof type === "string" ? [type] : [];
}
