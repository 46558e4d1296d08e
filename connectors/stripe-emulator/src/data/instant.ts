/** Yields unix seconds as version 2 of the API writes them: 2026-09-21T17:33:20.000Z. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Yields the unix seconds of an instant as either version writes it; undefined for anything else. */
export function unixSeconds(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
