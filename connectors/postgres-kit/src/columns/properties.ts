/** Yields the properties of a schema, each with its own: of an object that is one of several kinds, those of all of them. */
export function propertiesOf(schema: object): Record<string, unknown> {
  const { properties, anyOf } = schema as { properties?: unknown; anyOf?: unknown };
  const own = typeof properties === "object" && properties !== null ? { ...properties } : {};
  const kinds: unknown[] = Array.isArray(anyOf) ? anyOf : [];
  const all = Object.groupBy(
    kinds.flatMap((kind) => (typeof kind === "object" && kind !== null ? Object.entries(propertiesOf(kind)) : [])),
    ([property]) => property,
  );
  const merged = Object.entries(all).map(([property, found = []]) => [
    property,
    unionOf(found.map(([, each]) => each)),
  ]);
  return { ...Object.fromEntries(merged), ...own };
}

function unionOf(schemas: readonly unknown[]): unknown {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length === 1 ? distinct[0] : { anyOf: distinct };
}
