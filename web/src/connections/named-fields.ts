import type { Verdict } from "./try-config.ts";

/**
 * Yields the fields that a failure names, of those that were given: by their name, as in "check base_url", or by their
 * variable, as in SOURCE_STRIPE_API_KEY. What a connector tells by field itself is better, and comes before this.
 */
export function namedFields(
  message: string,
  { connector, config }: { connector: string; config: Record<string, unknown> },
): Verdict["fields"] {
  const words = new Set(message.match(/\w+/g) ?? []);
  const prefix = connector.replaceAll("-", "_").toUpperCase();
  const isNamed = (name: string) => words.has(name) || words.has(`${prefix}_${name.toUpperCase()}`);
  return Object.keys(config).flatMap((name) => (isNamed(name) ? [{ path: name, message }] : []));
}
