export type TailRows = readonly (readonly (string | null)[])[];

const MOST_ROWS = 200;

/** Yields the rows with those that arrived, the newest first: a row of the same key in its new form alone. */
export function arrived(before: TailRows, fresh: TailRows, keyPlaces: readonly number[]): TailRows {
  const isKeyed = keyPlaces.length > 0 && !keyPlaces.includes(-1);
  const keyOf = (row: TailRows[number]) => JSON.stringify(keyPlaces.map((place) => row[place] ?? null));
  const newest = fresh.toReversed();
  const changed = new Set(isKeyed ? newest.map(keyOf) : []);
  const kept = isKeyed ? before.filter((row) => !changed.has(keyOf(row))) : before;
  return [...newest, ...kept].slice(0, MOST_ROWS);
}
