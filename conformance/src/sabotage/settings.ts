import { z } from "zod";
import { faultList, type FaultTable } from "./fault.ts";

const HUGE_LINE_BYTES = 256 * 1024 * 1024;
const HOLD_MS = 600_000;

/** Yields the fields that the configuration of every faulty connector has. */
export function faultFields(faults: FaultTable) {
  return {
    fault: z.enum(Object.keys(faults)).default("honest").describe("What it does wrong; --list tells each."),
    at: z.int().positive().default(5).describe("The record behind which a fault strikes, counted over all streams."),
    line_bytes: z.int().positive().default(HUGE_LINE_BYTES).describe("How long the line of huge_line is."),
    hold_ms: z
      .int()
      .positive()
      .default(HOLD_MS)
      .describe("How long something that hangs does so before it ends itself."),
    times: z.int().positive().default(1).describe("How many runs a transient fault strikes before one succeeds."),
    attempts_file: z.string().default("").describe("Where a transient fault counts these runs."),
    pause_ms: z.number().nonnegative().default(0).describe("How long each record takes."),
    token: z.string().default("given-token").meta({ secret: true }).describe("A secret; a control message renews it."),
    filler: z.string().default("").describe("Text of any length that does nothing."),
  };
}

export type FaultSettings = z.infer<z.ZodObject<ReturnType<typeof faultFields>>>;

/** Prints the faults when that is what the command line asks for, and tells whether it was. */
export function listsFaults(faults: FaultTable): boolean {
  if (process.argv[2] !== "--list") return false;
  process.stdout.write(faultList(faults));
  return true;
}
