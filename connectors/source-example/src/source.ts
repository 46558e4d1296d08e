import { z } from "zod";
import type { Source } from "@sluice/protocol/stdio";

const Config = z.strictObject({
  count: z.int().nonnegative().default(1000).describe("The last number."),
  records_per_state: z.int().positive().default(100).describe("Numbers between two states."),
});

const State = z.object({ last: z.int().nonnegative() });

/** Counts from 1, and continues where an earlier read stopped. */
export const source: Source<z.infer<typeof Config>> = {
  name: "source-example",
  version: "0.1.0",
  description: "Counts: the smallest source there is.",
  capabilities: { incremental: true },
  config: Config,

  async check({ count }) {
    return { message: `Ready to count to ${count}.` };
  },

  async discover() {
    const number = { type: "integer" };
    return [
      {
        name: "numbers",
        json_schema: { type: "object", properties: { number }, required: ["number"] },
        supports: { incremental: true },
      },
    ];
  },

  async *read({ count, records_per_state }, { streams, signal }) {
    for (const { stream, state } of streams) {
      let last = state === undefined ? 0 : State.parse(state).last;
      while (last < count && !signal.aborted) {
        last += 1;
        yield { type: "record", stream: stream.name, data: { number: last } };
        if (last % records_per_state === 0 && last < count)
          yield { type: "state", stream: stream.name, data: { last } };
      }
      yield { type: "state", stream: stream.name, data: { last } };
    }
  },
};
