import { SluiceError } from "@sluice/protocol";
import { log, type ReadContext, type ReadStream, type SourceOutput } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { ownerOf } from "./account.ts";
import type { Config } from "./config.ts";
import { readEvents, type EventTask } from "./events/event-read.ts";
import { parseGlobalState, type GlobalState } from "./global-state.ts";
import { interleave } from "./interleave.ts";
import { readLive, type LivePauses } from "./live/live-read.ts";
import { assertReceivable } from "./live/pushes.ts";
import { LentMemory } from "./lent-memory.ts";
import { planStream } from "./listing/plan.ts";
import { shapeOf } from "./shape/shape.ts";
import { Slots } from "./slots.ts";
import { offerOf } from "./streams.ts";
import { StreamRun } from "./stream-run.ts";
import { parseState } from "./stream-state.ts";
import { StripeClient } from "./stripe-client.ts";

/** Yields the records of the streams: what their lists show that no earlier read has sent, then what events tell. */
export async function* read(
  config: Config,
  context: ReadContext,
  { livePauses, ...options }: { backoffMs?: number; livePauses?: LivePauses } = {},
): AsyncGenerator<SourceOutput> {
  const client = new StripeClient(config, { ...options, signal: context.signal });
  try {
    yield* readAll({ client, config, livePauses }, context);
  } catch (error) {
    // a request cut short by the end of the read is no failure
    if (!context.signal.aborted) throw error;
  } finally {
    await client.close();
  }
}

type Resources = { client: StripeClient; config: Config; livePauses: LivePauses | undefined };

async function* readAll(
  { client, config, livePauses }: Resources,
  { streams: asked, globalState: given, signal, live, inbox, hearsCommits }: ReadContext,
): AsyncGenerator<SourceOutput> {
  if (live) assertReceivable(config, { hearsCommits });
  const { catalog, streams } = await offerOf(config, signal);
  const wanted = matched(asked, streams);
  const { mayReadEvents } = await client.connect();
  if (!mayReadEvents && config.events.mode !== "off")
    log(
      "warn",
      "The key may not read events (the permission event_read), so changes and deletes show only in full listings, by relist_interval.",
    );
  if (live && !mayReadEvents)
    throw new SluiceError(
      "permission",
      "A live read needs the permission event_read; give it to the key in the Stripe dashboard.",
    );
  const owner = await ownerOf(client, config.api_key);
  client.shareBudget(owner);
  const globalState = parseGlobalState(given, owner);
  const slots = new Slots(config.concurrency);
  const memory = new LentMemory();
  // stamped before the first list request, so that nothing which changes during the listings is missed
  const now = client.serverSeconds;
  const planned = wanted.map(({ stream, configured }) => {
    const prior = parseState(stream.name, configured.state, owner);
    const shape = shapeOf(stream, streams, client);
    const context = { lister: shape.lister, config, owner, mayReadEvents };
    const plan = planStream(stream, configured, { ...context, globalState, now, prior });
    const { concurrency } = config;
    const run = new StreamRun(plan, { client, slots, memory, shape, concurrency, isLive: live });
    const planAgain = (as: { now: number; globalState: GlobalState | undefined }) =>
      planStream(stream, configured, { ...context, ...as, prior: run.state });
    return { run, planAgain };
  });
  const runs = planned.map(({ run }) => run);
  yield* interleave(
    runs.map((run) => run.list()),
    config.concurrency,
  );
  const task = { client, slots, config, owner, globalState, eventTypes: catalog.events };
  if (!live) yield* catchUp(task, runs);
  else yield* readLive({ ...task, planned, inbox, hearsCommits, signal, pauses: livePauses });
}

/** Yields the events of the streams that follow them, and then their ends. */
async function* catchUp(task: EventTask, runs: readonly StreamRun[]): AsyncGenerator<SourceOutput> {
  const waiting = runs.filter((run) => !run.hasEnded);
  if (waiting.length === 0 || task.client.isStopping) return;
  try {
    yield* readEvents(task, waiting);
  } catch (error) {
    // without events none of them is complete
    for (const run of waiting.filter(({ hasEnded }) => !hasEnded)) {
      const end = run.ended(error);
      if (end !== undefined) yield end;
    }
  }
  for (const run of waiting) if (!run.hasEnded) yield run.complete();
}

function matched(
  asked: readonly ReadStream[],
  streams: readonly StripeStream[],
): { stream: StripeStream; configured: ReadStream }[] {
  const known = new Map(streams.map((stream) => [stream.name, stream]));
  return asked.map((configured) => ({ stream: find(known, configured.stream.name), configured }));
}

function find(known: ReadonlyMap<string, StripeStream>, name: string): StripeStream {
  const stream = known.get(name);
  if (stream === undefined)
    throw new SluiceError(
      "config",
      `The stream "${name}" of the catalog does not exist; "source-stripe discover" prints all.`,
    );
  return stream;
}
