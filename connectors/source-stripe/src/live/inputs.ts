import type { SourceOutput } from "@sluice/protocol/stdio";

/** What a state says of pushed inputs. */
export type InputsTold = Pick<Extract<SourceOutput, { type: "state" }>, "inputsThrough" | "printed">;
type Input = { number: number; isDone: boolean; durable: PromiseWithResolvers<void> };

/** Which pushed inputs are in the records, and which of these are durable at the destination. */
export class Inputs {
  /** Those that are not in the records yet, and those behind them, in their order. */
  readonly #open = new Map<number, Input>();
  readonly #undurable: Input[] = [];
  #through: number | undefined;
  #last = 0;

  /** How many wait to become durable. */
  get waiting(): number {
    return this.#open.size + this.#undurable.length;
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
    this.#open.set(number, input);
    return { number, durable: input.durable.promise };
  }

  /** Says that an input is in the records. */
  done(number: number): void {
    const input = this.#open.get(number);
    if (input !== undefined) input.isDone = true;
    for (const first of this.#open.values()) {
      if (!first.isDone) return;
      this.#open.delete(first.number);
      this.#through = first.number;
      this.#undurable.push(first);
    }
  }

  /**
   * Yields what a state says of inputs. Where nobody tells what is durable, what stdout took has to do: they are durable
   * once the state is printed.
   */
  told(hearsCommits: boolean): InputsTold {
    const through = this.#through;
    if (through === undefined) return {};
    return { inputsThrough: through, ...(hearsCommits ? {} : { printed: () => this.committed(through) }) };
  }

  /** Says that the records of every input up to a number are durable. */
  committed(through: number): void {
    while (this.#undurable[0] !== undefined && this.#undurable[0].number <= through)
      this.#undurable.shift()?.durable.resolve();
  }
}
