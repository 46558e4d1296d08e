import { SluiceError } from "@sluice/protocol";
import { log, type ReadContext, type ReadStream, type SourceOutput } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { catchUp, listings, plannedRuns } from "./account-read.ts";
import { ownerOf } from "./account.ts";
import { accountIds, platformOf } from "./accounts/account-list.ts";
import { readAccountsLive } from "./accounts/accounts-live.ts";
import { readAccounts } from "./accounts/accounts-read.ts";
import { Accounts } from "./accounts/accounts-task.ts";
import type { Config } from "./config.ts";
import { ShortLookback } from "./events/memory.ts";
import { parseGlobalState } from "./global-state.ts";
import { LentMemory } from "./lent-memory.ts";
import { readLive, type LivePauses } from "./live/live-read.ts";
import { assertReceivable, type PushTask } from "./live/pushes.ts";
import { Slots } from "./slots.ts";
import { parseState } from "./stream-state.ts";
import { StripeClient } from "./stripe-client.ts";
import { offerOf } from "./streams.ts";

/**
 * Yields the records of the streams: what their lists show that no earlier read has sent, then what events tell. Throws
 * `permission` where every stream had to be left out, and what concerns all.
 */
export async function* read(
  config: Config,
  context: ReadContext,
  { livePauses, ...options }: { backoffMs?: number; livePauses?: LivePauses } = {},
): AsyncGenerator<SourceOutput> {
  const failing = new AbortController();
  const signal = AbortSignal.any([context.signal, failing.signal]);
  const client = new StripeClient(config, { ...options, signal });
  try {
    const outputs = readAll({ client, config, livePauses, failing }, { ...context, signal });
    yield* notAllLeftOut(outputs, context.streams.length);
  } catch (error) {
    // a request cut short by the end of the read is no failure
    if (!signal.aborted) throw error;
  } finally {
    await client.close();
  }
  failing.signal.throwIfAborted();
}

/** Yields what is read; throws in the end where no stream could be, for tables without a change look like success. */
async function* notAllLeftOut(outputs: AsyncGenerator<SourceOutput>, count: number): AsyncGenerator<SourceOutput> {
  const reasons = new Map<string, string>();
  for await (const output of outputs) {
    if (output.type === "skipped") reasons.set(output.stream, output.reason);
    yield output;
  }
  const [first] = reasons;
  if (first === undefined || reasons.size < count) return;
  throw new SluiceError("permission", `None of ${count} streams can be read; "${first[0]}" because: ${first[1]}`);
}

type Resources = Pick<PushTask, "client" | "config" | "failing"> & { livePauses: LivePauses | undefined };

async function* readAll(
  { client, config, livePauses, failing }: Resources,
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
  // stamped before the first list request, so that nothing which changes during the listings is missed
  const now = client.serverSeconds;
  const [slots, memory, shortLookback] = [new Slots(config.concurrency), new LentMemory(), new ShortLookback()];
  const common = {
    client,
    config,
    streams,
    eventTypes: catalog.events,
    mayReadEvents,
    now,
    slots,
    memory,
    shortLookback,
  };
  if (config.account_ids !== undefined) {
    const task = { ...common, platform: platformOf(owner), wanted };
    const ids = await accountIds(client, config, task.platform);
    const accounts = new Accounts(task, { ids, globalState: given });
    const pauses = livePauses?.push;
    if (live) yield* readAccountsLive({ ...task, inbox, hearsCommits, signal, failing, pauses }, accounts);
    else yield* readAccounts(task, accounts);
    return;
  }
  const globalState = parseGlobalState(given, owner);
  const task = { ...common, owner, globalState, rowAccount: undefined, isLive: live };
  const planned = plannedRuns(
    task,
    wanted.map((each) => ({ ...each, prior: parseState(each.stream.name, each.configured.state, owner) })),
  );
  const runs = planned.map(({ run }) => run);
  yield* listings(runs, config.concurrency);
  if (!live) yield* catchUp(task, runs);
  else yield* readLive({ ...task, planned, inbox, hearsCommits, signal, failing, pauses: livePauses });
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
