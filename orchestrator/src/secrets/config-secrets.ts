import { secretPaths } from "@sluice/runner";

type Config = Record<string, unknown>;

/** A configuration without its secrets, and these by their paths, such as `oauth.refresh_token`. */
export type SplitConfig = { config: Config; secrets: Record<string, unknown> };

/** Splits a configuration by what its connector's JSON Schema marks as secret. */
export function splitSecrets(config: Config, schema: Record<string, unknown>): SplitConfig {
  const open = structuredClone(config);
  const secrets: Record<string, unknown> = {};
  // a schema that is one secret altogether has it in each of its members
  const paths = secretPaths(schema).flatMap((path) => (path === "" ? Object.keys(config) : [path]));
  for (const path of paths) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    const place = names.reduce<unknown>((each, name) => (isObject(each) ? each[name] : undefined), open);
    if (!isObject(place) || !Object.hasOwn(place, last)) continue;
    secrets[path] = place[last];
    delete place[last];
  }
  return { config: open, secrets };
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

/** Yields a stored configuration as a new one makes it, by what the connector's JSON Schema marks as secret. */
export function changedConfig(stored: SplitConfig, config: Config, schema: Record<string, unknown>): SplitConfig {
  const given = splitSecrets(config, schema);
  return { config: given.config, secrets: mergeSecrets(stored.secrets, given.secrets) };
}

function isObject(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
