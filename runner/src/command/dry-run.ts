import type { LoadedPipeline } from "../pipeline/load-pipelines.ts";
import { configureStreams, type RunOverrides } from "../pipeline/configure-streams.ts";
import { openPipeline, openStore } from "../pipeline/open-pipeline.ts";
import { check, discover, dryRunSetup } from "../side/ask-side.ts";

/** Prints what a run would do: who may read what, where it goes on, and the statements that the destination needs. */
export async function printPlan(pipeline: LoadedPipeline, overrides: RunOverrides): Promise<void> {
  const open = await openPipeline(pipeline);
  const { source, destination } = open;
  const [access, room, offered] = await Promise.all([check(source), check(destination), discover(source)]);
  const streams = configureStreams(offered, pipeline.streams, overrides);
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`${pipeline.id}: ${source.name} → ${destination.name}; nothing is changed.`);
  say(`\n${source.name} (${access.status}): ${access.message}`);
  say(`${destination.name} (${room.status}): ${room.message}`);

  const { store } = await openStore(open);
  const stored = room.status === "succeeded" ? await store.get(pipeline.id) : [];
  say(`\nStates in ${store.name}: ${stored.length === 0 ? "none, so everything is read" : stored.length}`);
  say(`\n${streams.length} streams:`);
  const statuses = new Map((access.streams ?? []).map((each) => [each.stream, each]));
  for (const { stream, sync_mode, destination_mode } of streams) {
    const found = statuses.get(stream.name);
    const denied = found === undefined || found.status === "granted" ? "" : `  ${found.status}: ${found.message ?? ""}`;
    say(`  ${stream.name}  ${sync_mode}, ${destination_mode}${denied}`);
  }
  if (room.status !== "succeeded") return;
  const statements = await dryRunSetup(destination, JSON.stringify({ streams }));
  if (statements === undefined) return;
  say(statements === "" ? "\nThe destination needs no change." : `\nThe destination would carry out:\n\n${statements}`);
}
