import { SluiceError, type Capabilities } from "@sluice/protocol";
import type { Destination } from "@sluice/protocol/stdio";
import { z } from "zod";
import { faultNamed } from "../sabotage/fault.ts";
import type { Saboteur } from "../sabotage/saboteur.ts";
import { faultFields } from "../sabotage/settings.ts";
import { checkpointVerbs } from "./checkpoints.ts";
import { destinationFaults } from "./destination-faults.ts";
import { FaultyReceiver } from "./receiver.ts";
import { RowStore } from "./row-store.ts";

const Config = z.strictObject({
  ...faultFields(destinationFaults),
  folder: z.string().min(1).describe("Where the files of rows are, a line a row; made if it is missing."),
});
type Config = z.infer<typeof Config>;

/** Yields a destination that appends rows to files, and is honest but for the fault that its configuration names. */
export function faultyDestination(saboteur: Saboteur, transactional: boolean): Destination<Config> {
  const capabilities: Capabilities = { modes: ["append", "merge"] };
  return {
    name: transactional ? "destination-faulty-transactional" : "destination-faulty",
    version: "0.1.0",
    description:
      "Appends rows to files, and misbehaves in the way that it is asked to: a destination to test others with.",
    capabilities: transactional ? { ...capabilities, transactional_checkpoints: true, fencing: true } : capabilities,
    config: Config,
    ...(transactional ? { checkpoints: checkpointVerbs } : {}),

    async check({ fault, filler }) {
      faultNamed(destinationFaults, fault).connect?.();
      return { message: `Ready; the filler has ${filler.length} characters.` };
    },

    async receive(config, { streams, pipelineId, resumedFrom, replies }) {
      for (const { stream, destination_mode: mode } of streams) {
        if (mode === "append" || mode === "merge") continue;
        throw new SluiceError("config", `The stream "${stream.name}" asks for ${mode}; these files only grow.`);
      }
      const fault = faultNamed(destinationFaults, config.fault);
      await saboteur.engage(fault, config);
      const store = new RowStore(config.folder, {
        streams: streams.map(({ stream }) => stream.name),
        pipelineId: transactional ? pipelineId : undefined,
        resumedFrom,
      });
      return new FaultyReceiver({ fault, saboteur, store, replies });
    },
  };
}
