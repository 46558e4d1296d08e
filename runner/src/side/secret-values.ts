type Schema = Record<string, unknown>;
/** A text of a configuration that is secret, and where it stands. */
export type SecretValue = { path: string; value: string };

/** Yields the secrets in a configuration, as its JSON Schema marks them: all texts and numbers below a marked place. */
export function secretsIn(schema: Schema, config: unknown): SecretValue[] {
  const visit = (nodes: readonly Schema[], value: unknown, path: readonly string[]): SecretValue[] => {
    if (nodes.some(isMarked)) return textsIn(value).map((text) => ({ path: path.join("."), value: text }));
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, each]) => {
      const inside = nodes.flatMap((node) =>
        Array.isArray(value) ? itemSchemas(node, Number(name)) : memberSchemas(node, name),
      );
      return visit(applied(schema, inside), each, [...path, name]);
    });
  };
  return visit(applied(schema, [schema]), config, []);
}

/** Yields the paths of the fields that are secret, or that hold a secret where no name leads to: in a list, in a map. */
export function secretPaths(schema: Schema): string[] {
  const visit = (node: unknown, path: readonly string[], above: readonly unknown[]): string[] => {
    // a schema that contains itself has no end
    if (above.includes(node)) return [];
    const nodes = applied(schema, [node]);
    if (nodes.some((each) => isMarked(each) || unnamedSchemas(each).some((child) => holdsSecret(schema, child))))
      return [path.join(".")];
    return nodes
      .flatMap(({ properties }) => Object.entries(Object(properties ?? {}) as Schema))
      .flatMap(([name, child]) => visit(child, [...path, name], [...above, node]));
  };
  return [...new Set(visit(schema, [], []))];
}

/** Yields the texts and numbers in a value, as texts. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** `secret` is this protocol's mark; the others are how schemas that were generated elsewhere say it. */
function isMarked({ secret, writeOnly, format }: Schema): boolean {
  return secret === true || writeOnly === true || format === "password";
}

function holdsSecret(root: Schema, node: unknown, above: readonly unknown[] = []): boolean {
  if (above.includes(node)) return false;
  return applied(root, [node]).some(
    (each) =>
      isMarked(each) ||
      [...Object.values(Object(each["properties"] ?? {})), ...unnamedSchemas(each)].some((child) =>
        holdsSecret(root, child, [...above, node]),
      ),
  );
}

/** Yields all schemas that speak of one value: those given, what they refer to within the document, what they combine. */
function applied(root: Schema, given: readonly unknown[]): Schema[] {
  const found = new Set<Schema>();
  const add = (node: unknown): void => {
    if (!isSchema(node) || found.has(node)) return;
    found.add(node);
    add(referred(root, node["$ref"]));
    for (const keyword of ["allOf", "anyOf", "oneOf"]) listOf(node[keyword]).forEach(add);
    for (const keyword of ["if", "then", "else"]) add(node[keyword]);
    Object.values(Object(node["dependentSchemas"] ?? {})).forEach(add);
  };
  given.forEach(add);
  return [...found];
}

/** Yields what a reference such as "#/$defs/Credentials" leads to; one that leaves the document leads nowhere. */
function referred(root: Schema, reference: unknown): unknown {
  if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) return undefined;
  const names = decodeURIComponent(reference).split("/").slice(1);
  return names
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((place, name) => memberOf(place, name), root);
}

function memberSchemas(node: Schema, name: string): unknown[] {
  const named = [
    memberOf(node["properties"], name),
    ...Object.entries(Object(node["patternProperties"] ?? {}) as Schema).flatMap(([pattern, child]) =>
      matches(pattern, name) ? [child] : [],
    ),
  ].filter((child) => child !== undefined);
  return named.length > 0 ? named : [node["additionalProperties"], node["unevaluatedProperties"]];
}

function itemSchemas(node: Schema, index: number): unknown[] {
  const { items, prefixItems, additionalItems, unevaluatedItems, contains } = node;
  // drafts before 2020-12 have the list under items
  const fixed = listOf(prefixItems ?? items)[index];
  return [...(fixed === undefined ? [items, additionalItems, unevaluatedItems] : [fixed]), contains];
}

/** The schemas of what has no name of its own. */
function unnamedSchemas(node: Schema): unknown[] {
  const { items, prefixItems, additionalItems, unevaluatedItems, contains } = node;
  const { patternProperties, additionalProperties, unevaluatedProperties } = node;
  return [
    ...(Array.isArray(items) ? items : [items]),
    ...listOf(prefixItems),
    ...Object.values(Object(patternProperties ?? {})),
    ...[additionalItems, unevaluatedItems, contains, additionalProperties, unevaluatedProperties],
  ];
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, "u").test(name);
  } catch {
    // what nobody can read may mean this name
    return true;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
