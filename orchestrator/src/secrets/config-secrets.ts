type SchemaNode = { properties?: Record<string, SchemaNode> };
type Config = Record<string, unknown>;

/** A configuration without its secrets, and these by their paths, such as `oauth.refresh_token`. */
export type SplitConfig = { config: Config; secrets: Record<string, unknown> };

/** Splits a configuration by what its connector's JSON Schema marks as `secret`. */
export function splitSecrets(config: Config, schema: Record<string, unknown>): SplitConfig {
  const secrets: Record<string, unknown> = {};
  const visit = (value: Config, node: SchemaNode, path: readonly string[]): Config =>
    Object.fromEntries(
      Object.entries(value).flatMap(([name, member]) => {
        const child = memberNode(node, name);
        const place = [...path, name];
        if (child !== undefined && child.properties !== undefined && isObject(member))
          return [[name, visit(member, child, place)]];
        // a secret may be marked inside a union, an array or a record: then all of it is one
        if (!holdsSecret(child)) return [[name, member]];
        secrets[place.join(".")] = member;
        return [];
      }),
    );
  return { config: visit(config, schema, []), secrets };
}

/** Yields the whole configuration again. */
export function joinSecrets({ config, secrets }: SplitConfig): Config {
  const whole = structuredClone(config);
  for (const [path, value] of Object.entries(secrets)) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let place = whole;
    for (const name of names) {
      const next = Object.hasOwn(place, name) ? place[name] : undefined;
      place = isObject(next) ? next : ((place[name] = {}) as Config);
    }
    place[last] = value;
  }
  return whole;
}

/**
 * Yields the secrets after a change: those that were given anew, and those of before that were left out, since nobody
 * who changes another field is shown them. `null` takes a secret away.
 */
export function mergeSecrets(before: SplitConfig["secrets"], given: SplitConfig["secrets"]): SplitConfig["secrets"] {
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== null));
}

function memberNode(node: SchemaNode, name: string): SchemaNode | undefined {
  const { properties } = node;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function holdsSecret(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return ("secret" in node && node.secret === true) || Object.values(node).some(holdsSecret);
}

function isObject(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
