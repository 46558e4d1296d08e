import { setImmediate } from "node:timers/promises";

type Input = { number: number; isDone: boolean; durable: PromiseWithResolvers<void> };

/** Which pushed inputs are in the records, and which of these are durable at the destination. */
export class Inputs {
  /** Those that are not in the records yet, and those behind them, in their order. */
  readonly #open: Input[] = [];
  readonly #undurable: Input[] = [];
  #through: number | undefined;
  #last = 0;

  /** How many wait to become durable. */
  get waiting(): number {
    return this.#open.length + this.#undurable.length;
  }

  /** Every input up to this number is in the records; undefined before the first. */
  get through(): number | undefined {
    return this.#through;
  }

  /** Takes an input that has a number, or gives it the next one. Its promise resolves once it is durable. */
  take(given?: number): { number: number; durable: Promise<void> } {
    const number = given ?? this.#last + 1;
    this.#last = number;
    const input = { number, isDone: false, durable: Promise.withResolvers<void>() };
    this.#open.push(input);
    return { number, durable: input.durable.promise };
  }

  /** Says that an input is in the records. */
  done(number: number): void {
    const input = this.#open.find((each) => each.number === number);
    if (input !== undefined) input.isDone = true;
    while (this.#open[0]?.isDone === true) {
      const [first] = this.#open.splice(0, 1);
      if (first === undefined) return;
      this.#through = first.number;
      this.#undurable.push(first);
    }
  }

  /**
   * Takes what is on stdout as durable, where nobody tells what is; resolves once the state behind the inputs up to a
   * number is there.
   */
  async printed(through: number | undefined): Promise<void> {
    if (through === undefined) return;
    // one turn of the event loop to hand it on, and one to write it
    await setImmediate();
    await setImmediate();
    this.committed(through);
  }

  /** Says that the records of every input up to a number are durable. */
  committed(through: number): void {
    while (this.#undurable[0] !== undefined && this.#undurable[0].number <= through)
      this.#undurable.shift()?.durable.resolve();
  }
}
