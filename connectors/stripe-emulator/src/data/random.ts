const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TWO_POW_32 = 0x1_0000_0000;

/** A seeded stream of choices: the same seed makes the same choices on every machine (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Yields a number from 0 up to, not including, 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_POW_32;
  }

  /** Yields a whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<const T>(choices: readonly [T, ...T[]]): T {
    return choices[this.integer(0, choices.length - 1)] ?? choices[0];
  }

  /** Yields letters and digits, as in the part of an id after its prefix. */
  token(length: number): string {
    let token = "";
    for (let at = 0; at < length; at += 1) token += ALPHABET[Math.floor(this.fraction() * ALPHABET.length)];
    return token;
  }

  digits(length: number): string {
    let digits = "";
    for (let at = 0; at < length; at += 1) digits += Math.floor(this.fraction() * 10);
    return digits;
  }
}

/** Yields 32 bits for a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Yields 32 well mixed bits for two numbers (the finish of MurmurHash3). */
export function mix(left: number, right: number): number {
  let hash = (left ^ Math.imul(right, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Yields 18 letters and digits that belong to a position: as good as unique for all positions below 2^32 of one salt,
 * because the first word is a bijection of the position.
 */
export function positionToken(salt: number, position: number): string {
  const words = [mix(salt, position), mix(~salt, position + 0x5bd1e995), mix(salt + 0x27d4eb2f, ~position)];
  let token = "";
  for (let word of words) {
    for (let digit = 0; digit < 6; digit += 1) {
      token += ALPHABET[word % 62];
      word = Math.floor(word / 62);
    }
  }
  return token;
}
