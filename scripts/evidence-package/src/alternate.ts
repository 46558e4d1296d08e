/** Measurements of one run by their names, such as `wallS` and `cpuS`. */
export type Sample = Record<string, number>;

export type Contenders<Name extends string, Names extends string> = Record<
  Name,
  () => Promise<Readonly<Record<Names, number>>>
>;

/**
 * Runs the contenders one after the other, again and again (A B A B), so that whatever else the machine does meets all
 * of them, and resolves to the median of each measurement. A first round warms caches and does not count.
 */
export async function alternate<Name extends string, Names extends string>(
  rounds: number,
  contenders: Contenders<Name, Names>,
): Promise<Record<Name, Record<Names, number>>> {
  const names = Object.keys(contenders) as Name[];
  const samples = new Map(names.map((name) => [name, [] as Readonly<Record<Names, number>>[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const sample = await contenders[name]();
      if (round > 0) samples.get(name)?.push(sample);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medians(samples.get(name) ?? [])])) as Record<
    Name,
    Record<Names, number>
  >;
}

/** Yields the median; of an even number of values the mean of the middle two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

function medians(samples: readonly Sample[]): Sample {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(samples.map((sample) => sample[name] ?? NaN))]));
}
