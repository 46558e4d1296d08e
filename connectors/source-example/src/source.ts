import { z } from "zod";
import { SluiceError } from "@sluice/protocol";
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
      if (stream.name !== "numbers")
        throw new SluiceError("config", `There is no stream "${stream.name}", only "numbers".`);
      const start = State.safeParse(state ?? { last: 0 });
      if (!start.success) throw new SluiceError("config", "The state in --state is not one of source-example's own.");
      let { last } = start.data;
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
