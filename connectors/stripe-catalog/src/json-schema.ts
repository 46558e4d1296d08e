/**
 * The part of JSON Schema draft 2020-12 that the catalog uses.
 * `format` is "unix-time" for whole seconds since 1970, "date-time" for a text of RFC 3339; no enum and no closed object occurs.
 */
export type JsonSchema = {
  $schema?: string;
  type?: string | string[];
  format?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
};
