// Versions are microseconds: a second of the server's clock and a rank within it, see docs/connectors/source-stripe.md.
const SECOND = 1_000_000;
const EVENT_RANK = 500_000;
const REFETCH_RANK = 600_000;
const DELETE_RANK = 999_999;

/**
 * Yields the version of what a list shows that was asked for once the server had told the second `asOf`: everything of
 * the second before had happened, and an event of that second wins.
 */
export function listVersion(asOf: number): number {
  return (asOf - 1) * SECOND;
}

/** Yields the version of an event's snapshot. */
export function eventVersion(created: number): number {
  return created * SECOND + EVENT_RANK;
}

/** Yields the version of an object that was fetched, as of `asOf`, because of an event. */
export function refetchVersion(asOf: number, eventCreated: number): number {
  return Math.max(asOf - 1, eventCreated) * SECOND + REFETCH_RANK;
}

/** Yields the version of a delete: it wins over whatever else happened in its second. */
export function deleteVersion(second: number): number {
  return second * SECOND + DELETE_RANK;
}
