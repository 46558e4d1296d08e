import { SluiceError, type Stream } from "@sluice/protocol";
import type { ReadStream, Source, SourceOutput } from "@sluice/protocol/stdio";
import { z } from "zod";
import { faultNamed } from "../sabotage/fault.ts";
import type { Saboteur } from "../sabotage/saboteur.ts";
import { faultFields } from "../sabotage/settings.ts";
import { sourceFaults } from "./source-faults.ts";

const Config = z.strictObject({
  ...faultFields(sourceFaults),
  stream_count: z.int().positive().default(2).describe("How many streams there are: stream_1 and so on."),
  records: z.int().nonnegative().default(10).describe("The last id of each stream."),
  records_per_state: z.int().positive().default(4).describe("Records between two states."),
  record_bytes: z.int().nonnegative().default(0).describe("How much text each record holds."),
});
type Config = z.infer<typeof Config>;

const State = z.object({ last: z.int().nonnegative() });

/** Yields a source of numbered, versioned records that is honest but for the fault that its configuration names. */
export function faultySource(saboteur: Saboteur): Source<Config> {
  return {
    name: "source-faulty",
    version: "0.1.0",
    description: "Counts, and misbehaves in the way that it is asked to: a source to test others with.",
    capabilities: { incremental: true, versions: true },
    config: Config,

    async check({ fault, filler }) {
      faultNamed(sourceFaults, fault).connect?.();
      return { message: `Ready; the filler has ${filler.length} characters.` };
    },

    async discover({ stream_count: count }) {
      return Array.from({ length: count }, (_, index) => stream(`stream_${index + 1}`));
    },

    async *read(config, { streams, signal }) {
      const fault = faultNamed(sourceFaults, config.fault);
      await saboteur.engage(fault, config);
      for (const each of streams) {
        for (const output of outputsOf(each, config, signal)) {
          yield output;
          if (output.type !== "record") continue;
          await saboteur.record();
          if (fault.failsStream !== true || !saboteur.isTime) continue;
          const error = new SluiceError("data", `The stream "${output.stream}" fails, as its fault says.`);
          yield { type: "failure", stream: output.stream, error };
          break;
        }
        if (signal.aborted) return;
      }
    },
  };
}

function* outputsOf(
  { stream: { name }, state }: ReadStream,
  { records, records_per_state: recordsPerState, record_bytes: recordBytes }: Config,
  signal: AbortSignal,
): Generator<SourceOutput> {
  const text = "x".repeat(recordBytes);
  let last = state === undefined ? 0 : State.parse(state).last;
  while (last < records && !signal.aborted) {
    last += 1;
    yield { type: "record", stream: name, version: last, data: { id: last, text } };
    if (last % recordsPerState === 0 && last < records) yield { type: "state", stream: name, data: { last } };
  }
  yield { type: "state", stream: name, data: { last } };
}

function stream(name: string): Stream {
  const properties = { id: { type: "integer" }, text: { type: "string" } };
  return {
    name,
    json_schema: { type: "object", properties, required: ["id", "text"] },
    primary_key: ["id"],
    supports: { incremental: true },
  };
}
