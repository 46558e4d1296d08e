import type { JsonSchema } from "@sluice/stripe-catalog";
import type { Random } from "./random.ts";
import { fieldText } from "./field-text.ts";
import { rfc3339 } from "./instant.ts";

/** What a generated object may refer to. */
export type GeneratorContext = {
  random: Random;
  created: number;
  /** Null for every nullable field, so that what is made can serve as the blank form of an object. */
  blank: boolean;
  /** The id of an object that a field of this name refers to, where there is one. */
  link: (field: string) => string | undefined;
};

/**
 * Yields a value that satisfies the schema: required properties only, nullable ones null half of the time and
 * always where they would name an object that is not there, choices by the context's `random`. Optional properties stay away because most of them belong to one variant of an object.
 */
export function generateValue(schema: JsonSchema, field: string, context: GeneratorContext): unknown {
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const nullable = types.includes("null") || (schema.anyOf ?? []).some((choice) => choice.type === "null");
  const expandable = (schema.anyOf ?? []).some((choice) => choice.type === "string");
  const linked = !context.blank && context.link(field) !== undefined;
  if (nullable && !linked && (context.blank || expandable || context.random.chance(0.5))) return null;
  if (schema.anyOf !== undefined) return generateValue(preferredChoice(schema.anyOf), field, context);
  const type = types.find((candidate) => candidate !== "null");
  switch (type) {
    case "string":
      if (schema.format === "date-time") return rfc3339(context.created);
      return context.blank ? "" : (context.link(field) ?? fieldText(field, context.random));
    case "integer":
    case "number":
      return schema.format === "unix-time" ? context.created : context.blank ? 0 : context.random.integer(1, 5000);
    case "boolean":
      return !context.blank && !field.startsWith("livemode") && context.random.chance(0.5);
    case "array":
      return context.blank || schema.items === undefined || context.random.chance(0.4)
        ? []
        : [generateValue(schema.items, field, context)];
    default:
      return generateProperties(schema, context);
  }
}

function generateProperties(schema: JsonSchema, context: GeneratorContext): Record<string, unknown> {
  const properties = schema.properties ?? {};
  if ("has_more" in properties && "data" in properties) return { object: "list", data: [], has_more: false, url: "" };
  const required = (schema.required ?? []).filter((name) => properties[name] !== undefined);
  const entries = required.map((name) => [name, generateValue(properties[name] ?? {}, name, context)] as const);
  return Object.fromEntries(entries);
}

/** An expandable field is an id unless asked to be expanded; another union is its first variant that is not null. */
function preferredChoice(choices: JsonSchema[]): JsonSchema {
  const present = choices.filter((choice) => choice.type !== "null");
  return present.find((choice) => choice.type === "string") ?? present[0] ?? { type: "null" };
}
