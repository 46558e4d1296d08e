import type { Destination } from "@sluice/protocol/stdio";
import { checkpoints } from "./checkpoints.ts";
import { Config } from "./config.ts";
import { openReceiver } from "./receiver.ts";
import { check, setUp } from "./setup.ts";
import { tearDown } from "./teardown.ts";

/** Keeps records in a Google spreadsheet; see docs/connectors/destination-google-sheets.md. */
export const destination: Destination<Config> = {
  name: "destination-google-sheets",
  version: "0.1.0",
  description: "Keeps records in a Google spreadsheet, a tab for each stream.",
  capabilities: {
    modes: ["append", "merge", "overwrite"],
    deletes: "hard",
    transactional_checkpoints: true,
    fencing: true,
    schema_evolution: true,
  },
  config: Config,
  check,
  setup: setUp,
  teardown: tearDown,
  receive: openReceiver,
  checkpoints,
};
