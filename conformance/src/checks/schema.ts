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

/** Yields every property in a schema, however deep, also inside of alternatives and arrays. */
export function properties(schema: unknown, path = ""): SchemaPlace[] {
  if (!isSchema(schema)) return [];
  const own = Object.entries(isSchema(schema["properties"]) ? schema["properties"] : {}).flatMap(([name, member]) => {
    if (!isSchema(member)) return [];
    const place = path === "" ? name : `${path}.${name}`;
    return [{ path: place, name, schema: member }, ...properties(member, place)];
  });
  const alternatives = [schema["oneOf"], schema["anyOf"], schema["allOf"]].filter(Array.isArray).flat();
  return [...own, ...[...alternatives, schema["items"]].flatMap((inner) => properties(inner, path))];
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
