const UNITS = [
  { unit: "day", ms: 86_400_000, name: "d" },
  { unit: "hour", ms: 3_600_000, name: "h" },
  { unit: "minute", ms: 60_000, name: "min" },
] as const;
// the page's clock ticks that seldom, so what is ahead by less may have happened
const CLOCK_MS = 10_000;
const LONGEST_RELATIVE_MS = 30 * 86_400_000;

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** Yields an instant to the second with its zone, and as it is on the wire. */
export function exactInstant(at: string): string {
  return `${exact.format(new Date(at))} (${at})`;
}

/** Yields an instant with its date to the minute, such as "26 Nov 2026, 06:00". */
export function datedInstant(at: string): string {
  return minute.format(new Date(at));
}

/** Yields an instant of the near future or past with its day, such as "Fri, 27 Nov, 06:00". */
export function dayInstant(at: string): string {
  return weekday.format(new Date(at));
}

/** Yields how long ago or ahead a time is in one unit, and its date when that is more than a month. */
export function relativeInstant(atMs: number, nowMs: number): string {
  const distanceMs = atMs - nowMs;
  const lengthMs = Math.abs(distanceMs);
  if (lengthMs > LONGEST_RELATIVE_MS) return date.format(atMs);
  const unit = UNITS.find(({ ms }) => lengthMs >= ms);
  if (unit === undefined) return distanceMs > CLOCK_MS ? "in less than a minute" : "just now";
  const length = `${Math.floor(lengthMs / unit.ms)} ${unit.name}`;
  return distanceMs > 0 ? `in ${length}` : `${length} ago`;
}

/** Yields a length of time in its two largest units, such as "2 h 5 min"; under a minute in seconds. */
export function durationInWords(ms: number): string {
  if (ms < 10_000) return `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  const largest = UNITS.findIndex((each) => ms >= each.ms);
  const [{ ms: unitMs, name }, next] = [UNITS[largest] ?? UNITS[2], UNITS[largest + 1]];
  const count = Math.floor(ms / unitMs);
  const rest = Math.floor((ms % unitMs) / (next?.ms ?? 1000));
  return rest === 0 ? `${count} ${name}` : `${count} ${name} ${rest} ${next?.name ?? "s"}`;
}
