const STEP_BYTES = 64 * 1024;

/** Memory that is lent again and again, for fresh memory costs more than what is done in it. */
export class LentMemory {
  readonly #free: Buffer[] = [];

  /** Yields memory that was given back, or a little to begin with; whoever needs more puts larger in its place. */
  lend(): Buffer {
    return this.#free.pop() ?? largerMemory(STEP_BYTES);
  }

  /** Takes memory that nobody looks at any more. */
  takeBack(memory: Buffer): void {
    this.#free.push(memory);
  }
}

/** Yields fresh memory of at least so many bytes, in steps, so that what is a little larger still fits. */
export function largerMemory(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
}
