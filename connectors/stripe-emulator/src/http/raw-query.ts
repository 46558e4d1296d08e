/** The query of a request: names as sent, brackets included. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

/** Yields a parameter's name without its brackets. */
export function rootOf(parameter: string): string {
  return parameter.split("[", 1)[0] ?? parameter;
}
