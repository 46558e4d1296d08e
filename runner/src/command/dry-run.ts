import type { ConfiguredStream, ExitCode } from "@sluice/protocol";
import { printable } from "@sluice/protocol/stdio";
import type { LoadedPipeline } from "../pipeline/load-pipelines.ts";
import { configureStreams, type RunOverrides } from "../pipeline/configure-streams.ts";
import { openPipeline, openStore, type OpenPipeline } from "../pipeline/open-pipeline.ts";
import type { AskOptions } from "../side/answer-deadline.ts";
import { discover, dryRunSetup, type CheckAnswer } from "../side/ask-side.ts";
import { checkSide } from "./check-command.ts";
import { stopOnSignals } from "./stop-signals.ts";

/**
 * Prints what a run would do: who may read what, where it goes on, and the statements that the destination needs.
 * Resolves to the exit code: that of `sluice check` where a side cannot be used, since a run would end there.
 */
export async function printPlan(pipeline: LoadedPipeline, overrides: RunOverrides): Promise<ExitCode> {
  using stop = stopOnSignals();
  const asking = { signal: stop.signal };
  const open = await openPipeline(pipeline);
  const { source, destination } = open;
  const [{ found: access, ...asked }, { found: room, exitCode }, offered] = await Promise.all([
    checkSide(open, "source", asking),
    checkSide(open, "destination", asking),
    discover(source, asking),
  ]);
  const streams = configureStreams(offered, pipeline.streams, overrides);
  say(`${pipeline.id}: ${source.name} → ${destination.name}; nothing is changed.`);
  say();
  say(`${source.name} (${access.status}): ${access.message}`);
  say(`${destination.name} (${room.status}): ${room.message}`);
  say();
  say(await statesText(open, { isReachable: room.status === "succeeded", asking }));
  say();
  say(`${streams.length === 1 ? "1 stream" : `${streams.length} streams`}:`);
  for (const stream of streams) say(`  ${streamText(stream, access)}`);
  if (room.status !== "succeeded") return asked.exitCode || exitCode;
  const statements = await dryRunSetup(destination, JSON.stringify({ streams }), asking);
  if (statements !== undefined) say();
  if (statements === "") say("The destination needs no change.");
  else if (statements !== undefined)
    for (const line of ["The destination would carry out:", "", ...statements.split("\n")]) say(line);
  return asked.exitCode;
}

function say(line = ""): void {
  process.stdout.write(`${printable(line)}\n`);
}

function streamText({ stream, sync_mode, destination_mode }: ConfiguredStream, access: CheckAnswer["found"]): string {
  const found = access.streams?.find((each) => each.stream === stream.name);
  const denied = found === undefined || found.status === "granted" ? "" : `  ${found.status}: ${found.message ?? ""}`;
  return `${stream.name}  ${sync_mode}, ${destination_mode}${denied}`;
}

/** States that a destination keeps cannot be told while it cannot be reached; that is not the same as none. */
async function statesText(
  open: OpenPipeline,
  { isReachable, asking }: { isReachable: boolean; asking: AskOptions },
): Promise<string> {
  const { store, isDestination } = await openStore(open, asking);
  if (isDestination && !isReachable)
    return `States in ${store.name}: not known while it cannot be asked, so neither is where the run would go on`;
  const stored = await store.get(open.pipeline.id);
  return `States in ${store.name}: ${stored.length === 0 ? "none, so everything is read" : stored.length}`;
}
