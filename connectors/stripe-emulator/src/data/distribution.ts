/** How the `created` times of objects lie in their time: evenly, in ten bursts, in one second, or ever denser. */
export const DISTRIBUTIONS = ["uniform", "bursty", "one_second", "long_tail"] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

const BURSTS = 10;
/** The part of a tenth of the time that a burst takes: some four hours of two years. */
const BURST_LENGTH = 0.002;
/** With 6, one object in sixty-four is older than half of the time. */
const TAIL_EXPONENT = 6;

/** Yields where in the time, from 0 to 1, the object stands that this fraction of all objects is older than. */
export function placeOf(distribution: Distribution, fraction: number): number {
  switch (distribution) {
    case "uniform":
      return fraction;
    case "one_second":
      return 0.5;
    case "long_tail":
      return fraction ** (1 / TAIL_EXPONENT);
    case "bursty": {
      const burst = Math.min(Math.floor(fraction * BURSTS), BURSTS - 1);
      return (burst + (fraction * BURSTS - burst) * BURST_LENGTH) / BURSTS;
    }
  }
}
