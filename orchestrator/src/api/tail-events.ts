import { DestinationDatabase } from "../data/destination-database.ts";
import { TailedTable } from "../data/tail-rows.ts";
import type { Store } from "../store/store.ts";
import { HEARTBEAT, HEARTBEAT_MS, RETRY, event } from "./server-sent-events.ts";

export type TailOptions = {
  pipelineId: string;
  table: { schema: string; name: string };
  /** Whoever watches is shown nothing more once their token has ended. */
  tokenId: string;
  signal: AbortSignal;
};

/**
 * Resolves to a table's rows as server-sent events: `columns` first, then `rows` with the newest ones and with those that
 * change. Throws for a table that cannot be followed.
 */
export async function tailEvents(
  store: Store,
  { pipelineId, table, tokenId, signal }: TailOptions,
): Promise<AsyncGenerator<string>> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await DestinationDatabase.open(store, pipelineId, "sluice tail"));
  const tailed = await TailedTable.open(database, table);
  const kept = opened.move();
  return (async function* events() {
    await using _ = kept;
    yield `${RETRY}${event("columns", null, { columns: tailed.columns })}`;
    let heardAt = performance.now();
    for await (const found of tailed.follow(signal)) {
      if (found.rows.length > 0) yield event("rows", null, found);
      if (performance.now() - heardAt < HEARTBEAT_MS) continue;
      if (!(await store.tokens.isUsable(tokenId))) return;
      heardAt = performance.now();
      yield HEARTBEAT;
    }
  })();
}
