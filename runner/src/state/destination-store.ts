import { text } from "node:stream/consumers";
import { ExitCode, SluiceError } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import { endAfter, type AskOptions } from "../side/answer-deadline.ts";
import { sideFailure } from "../side/side-failure.ts";
import type { Invocation, Side } from "../side/side.ts";
import { stateLineOf } from "./state-lines.ts";
import type { OpenStates, StateStore } from "./state-store.ts";

/**
 * The states that a destination keeps beside its rows, in the same transactions. The destination itself stores them and
 * refuses a second run; here they are only read and changed, by its `checkpoint` verbs.
 */
export class DestinationStore implements StateStore {
  readonly name: string;
  readonly #destination: Side;
  readonly #options: AskOptions;

  /** `options` say when an answer is not waited for any more; a change that is cut off may have been made. */
  constructor(destination: Side, options: AskOptions = {}) {
    this.#destination = destination;
    this.#options = options;
    this.name = destination.name;
  }

  async open({ pipelineId }: { pipelineId: string }): Promise<OpenStates> {
    const states = (await this.get(pipelineId)).map(stateLineOf);
    return { states, put: async () => {}, close: async () => {} };
  }

  get(pipelineId: string): Promise<string[]> {
    return this.#ask({ verb: ["checkpoint", "get"], flags: ["--pipeline", pipelineId] });
  }

  async set(pipelineId: string, states: readonly StateLine[]): Promise<void> {
    const content = states.map(({ line }) => `${line.toString()}\n`).join("");
    const verb = states.length === 0 ? "clear" : "set";
    await this.#ask({
      verb: ["checkpoint", verb],
      flags: ["--pipeline", pipelineId],
      files: states.length === 0 ? {} : { "--state": content },
    });
  }

  history(pipelineId: string): Promise<string[]> {
    return this.#ask({ verb: ["checkpoint", "history"], flags: ["--pipeline", pipelineId] });
  }

  async #ask(invocation: Invocation): Promise<string[]> {
    const running = await this.#destination.start(invocation);
    using deadline = endAfter(running, this.#options);
    try {
      running.stdin.on("error", () => {}).end();
      const [output, end] = await Promise.all([text(running.stdout), running.ended]);
      if (end.exitCode === ExitCode.ok) return output.split("\n").filter((line) => line !== "");
      const what = `${invocation.verb.join(" ")} of ${this.name}`;
      deadline.throwIfOver(what);
      const failure = sideFailure(this.#destination, running.stderrTail(), end);
      // it has no such verb
      const type = failure.exitCode === ExitCode.usage ? "config" : failure.code;
      throw new SluiceError(type, `${what} failed: ${failure.message}`, { cause: failure });
    } finally {
      running.kill("SIGKILL");
      await running.releaseFiles();
    }
  }
}
