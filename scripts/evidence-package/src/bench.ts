/** What a figure should reach: a bound of its ratio where it has a floor, else of its value. */
export type Goal = { atLeast: number } | { atMost: number };

/** One measured figure. `value` and `floor` share the unit; the floor, or rival, was measured in the same run. */
export interface Figure {
  figure: string;
  value: number;
  unit: string;
  floor?: number;
  /** Without a goal the figure is only told. */
  goal?: Goal;
}

export interface BenchContext {
  /** How often each contender runs; medians are taken over these. */
  rounds: number;
  /** Tells a person on stderr what is going on. */
  note(message: string): void;
}

/**
 * A benchmark: `<package>/bench/NAME.ts` exports one as `bench`, and `npm run bench -- NAME` measures it.
 * It yields each figure as soon as it is known.
 */
export interface Bench {
  /** A sentence about the work that is measured and against what, for docs/benchmarks.md. */
  measures: string;
  run(context: BenchContext): AsyncIterable<Figure>;
}
