/** A worker that has not renewed its hold for so long is taken for dead, and its run is another's to go on with. */
export const LEASE_MS = 10_000;
/** No attempt is put off for longer. */
const LONGEST_DELAY_MS = 900_000;

// A moment that lies further ahead than any that is ever stored was stored before the database's clock was set back. What
// waited for it would wait for as long as the clock was set back by.

/** SQL: nobody holds the run of these columns. A hold that is too far ahead is an old one: whoever lives has renewed it. */
export const IS_UNHELD = `(held_until IS NULL OR ${isOver("held_until", 2 * LEASE_MS)})`;

/** SQL: the run of these columns may begin, as far as it was put off. */
export const isDue = (table = "runs") =>
  `(${table}.not_before IS NULL OR ${isOver(`${table}.not_before`, LONGEST_DELAY_MS)})`;

function isAhead(moment: Date | null, { now, mostMs }: { now: Date; mostMs: number }): boolean {
  const aheadMs = moment === null ? 0 : Number(moment) - Number(now);
  return aheadMs > 0 && aheadMs <= mostMs;
}

/** Tells whether a worker's hold counts still. */
export function isHeldUntil(moment: Date | null, now: Date): boolean {
  return isAhead(moment, { now, mostMs: 2 * LEASE_MS });
}

/** Tells whether a run is put off still. */
export function isPutOffUntil(moment: Date | null, now: Date): boolean {
  return isAhead(moment, { now, mostMs: LONGEST_DELAY_MS });
}

function isOver(column: string, mostMs: number): string {
  return `(${column} NOT BETWEEN now() AND now() + interval '${mostMs} ms')`;
}
