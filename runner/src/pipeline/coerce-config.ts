type SchemaNode = { type?: string | string[]; properties?: Record<string, SchemaNode> };

/**
 * Yields the configuration with texts turned into the numbers and booleans that the schema asks for: what came out of
 * the environment is text. A text that is no such value stays, for the connector to name the field.
 */
export function coerceConfig(config: unknown, schema: SchemaNode): unknown {
  if (typeof config === "string") return coerceText(config, schema.type);
  if (typeof config !== "object" || config === null || Array.isArray(config)) return config;
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, coerceConfig(value, schema.properties?.[name] ?? {})]),
  );
}

function coerceText(text: string, type: SchemaNode["type"]): unknown {
  if ((type === "number" || type === "integer") && text.trim() !== "" && !Number.isNaN(Number(text)))
    return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
