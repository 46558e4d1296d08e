import { SluiceError, type FailureType } from "@sluice/protocol";
import type { MemoryName, PipelineMemory } from "@sluice/runner";
import type { Memory } from "../store/memories.ts";
import type { RememberAnswer, RememberRequest } from "./assignment.ts";

/** What is remembered of a pipeline, in the process of a run: read from its assignment, written by its worker. */
export class HostMemory implements PipelineMemory {
  readonly #texts = new Map<string, string>();
  readonly #ask: (request: RememberRequest) => Promise<void>;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #count = 0;

  constructor(ask: (request: RememberRequest) => Promise<void>) {
    this.#ask = ask;
  }

  /** Takes what is remembered from earlier runs. */
  load(memory: Memory): void {
    for (const [name, text] of Object.entries(memory)) this.#texts.set(name, text);
  }

  placeOf(name: MemoryName): string {
    return `The table "memories" of the orchestrator, row "${name}",`;
  }

  async read(name: MemoryName): Promise<string | undefined> {
    return this.#texts.get(name);
  }

  async write(name: MemoryName, text: string): Promise<void> {
    await this.untilAnswered((number) => this.#ask({ number, name, text }));
    this.#texts.set(name, text);
  }

  /** Asks something of the worker under a number; resolves once it is answered, and throws what the answer says. */
  async untilAnswered(ask: (number: number) => Promise<void>): Promise<void> {
    const answer = Promise.withResolvers<void>();
    const number = (this.#count += 1);
    this.#waiting.set(number, answer);
    await ask(number);
    await answer.promise;
  }

  /** Takes an answer of the worker. */
  answered({ number, failure }: RememberAnswer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (failure === undefined) waiting?.resolve();
    else waiting?.reject(new SluiceError(failure.failure_type as FailureType, failure.message));
  }

  /** Fails what waits for an answer: the worker has gone. */
  close(): void {
    for (const { reject } of this.#waiting.values())
      reject(new SluiceError("transient", "The worker ended before it had stored what the run must remember."));
    this.#waiting.clear();
  }
}
