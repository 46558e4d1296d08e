/** Yields the path of each property of a JSON Schema whose name is not snake_case, however deep. */
export function namesNotSnakeCase(schema: unknown, path = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === "properties" ? wrongProperties(value, path) : namesNotSnakeCase(value, path),
  );
}

function wrongProperties(properties: unknown, path: string): string[] {
  return Object.entries(properties ?? {}).flatMap(([name, schema]) => [
    ...(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) ? [] : [`${path}/${name}`]),
    ...namesNotSnakeCase(schema, `${path}/${name}`),
  ]);
}
