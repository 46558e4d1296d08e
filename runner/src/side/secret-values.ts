type SchemaNode = { properties?: Record<string, SchemaNode>; secret?: boolean };
export type SecretValue = { path: string; value: string };

/**
 * Yields the secrets in a configuration as its JSON Schema marks them, each text with its path; without a configuration
 * the paths of all fields that are secret.
 */
export function secretsIn(schema: Record<string, unknown>, config?: unknown): SecretValue[] {
  return visit(schema, { path: [], value: config, listsPaths: config === undefined });
}

type Place = { path: string[]; value: unknown; listsPaths: boolean };

function visit(node: SchemaNode, { path, value, listsPaths }: Place): SecretValue[] {
  if (holdsSecret(node) && node.properties === undefined) {
    if (listsPaths) return [{ path: path.join("."), value: "" }];
    return textsIn(value).map((text) => ({ path: path.join("."), value: text }));
  }
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    visit(child, { path: [...path, name], value: memberOf(value, name), listsPaths }),
  );
}

/** A secret may be marked inside a union, an array or a record. */
function holdsSecret(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return ("secret" in node && node.secret === true) || Object.values(node).some(holdsSecret);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
