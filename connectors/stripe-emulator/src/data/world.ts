import { type Distribution, placeOf } from "./distribution.ts";
import { Random, hashText, mix, positionToken } from "./random.ts";

const TWO_YEARS_S = 2 * 365 * 86_400;

/** What the data follow from: nothing else decides what an object looks like. */
type WorldSettings = {
  seed: number;
  /** Unix seconds; every object was created in the two years before it. */
  now: number;
  /** Objects by stream name. */
  counts: ReadonlyMap<string, number>;
  /** What the ids of a stream start with. */
  prefixes: ReadonlyMap<string, string>;
  /** The stream that a stream's objects belong to: none of them is older than what it belongs to. */
  owners: ReadonlyMap<string, string>;
  /** How the times of a stream's objects lie, where it was asked for: what they belong to no longer matters then. */
  distributions: ReadonlyMap<string, Distribution>;
};

/**
 * Answers, for the object at a position of a stream, who it is and whom it belongs to, without making the object.
 * All answers are pure functions of the settings, so objects that refer to each other can be made one at a time.
 */
export class World {
  readonly seed: number;
  readonly now: number;
  readonly #settings: WorldSettings;
  readonly #salts = new Map<string, number>();

  constructor(settings: WorldSettings) {
    this.seed = settings.seed;
    this.now = settings.now;
    this.#settings = settings;
  }

  /** Yields how many objects a stream starts with; 0 for a stream that does not exist. */
  count(stream: string): number {
    return this.#settings.counts.get(stream) ?? 0;
  }

  id(stream: string, position: number): string {
    return (this.#settings.prefixes.get(stream) ?? "") + positionToken(this.#salt(stream), position);
  }

  /** Yields the choices that belong to one object; two calls give the same ones. */
  random(stream: string, position: number): Random {
    return new Random(mix(this.#salt(stream) ^ 0x2545f491, position));
  }

  /**
   * Yields unix seconds that never fall from one position to the next: even over two years unless it was asked for
   * otherwise, in runs of up to four objects that share a second, and never before what the object belongs to. What is
   * added later is of now.
   */
  created(stream: string, position: number): number {
    const run = mix(this.#salt(stream), Math.floor(position / 4)) % 3 === 0 ? 4 : 1;
    const count = Math.max(this.count(stream), 1);
    const first = Math.min(position - (position % run), count);
    const distribution = this.#settings.distributions.get(stream);
    const place = placeOf(distribution ?? "uniform", first / count);
    const own = this.now - TWO_YEARS_S + Math.floor(TWO_YEARS_S * place);
    if (distribution !== undefined) return own;
    const owners = this.#settings.owners.get(stream);
    const owner = owners === undefined ? undefined : this.parent(stream, position, owners);
    return owners === undefined || owner === undefined ? own : Math.max(own, this.created(owners, owner));
  }

  /**
   * Yields the position in `parents` to which a position of `children` belongs when both streams are laid side by side,
   * or undefined when there are no parents.
   */
  parent(children: string, position: number, parents: string): number | undefined {
    const parentCount = this.count(parents);
    if (parentCount === 0) return undefined;
    return Math.min(Math.floor((position * parentCount) / this.count(children)), parentCount - 1);
  }

  /** Yields the range of positions in `children` that `parent` gives this parent: from, and up to but not including. */
  children(parents: string, position: number, children: string): [from: number, to: number] {
    const [owned, owning] = [this.count(children), this.count(parents)];
    const from = Math.ceil((position * owned) / owning);
    return [Math.min(from, owned), Math.min(Math.ceil(((position + 1) * owned) / owning), owned)];
  }

  /** Yields a position of `others` laid out no later than this one, chosen at random; undefined when there are none. */
  older(stream: string, position: number, others: string): number | undefined {
    const limit = this.parent(stream, position, others);
    if (limit === undefined) return undefined;
    return mix(this.#salt(`${stream}>${others}`), position) % (limit + 1);
  }

  #salt(stream: string): number {
    let salt = this.#salts.get(stream);
    if (salt === undefined) {
      salt = mix(hashText(stream), this.seed);
      this.#salts.set(stream, salt);
    }
    return salt;
  }
}
