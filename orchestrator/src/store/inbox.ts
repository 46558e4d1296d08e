import type { Database, Queryable } from "./database.ts";

/** An event as it was pushed. */
export type PushedEvent = {
  pipelineId: string;
  /** What is sent twice under one key is kept once. */
  key: string;
  /** By performance.now() of this process. */
  receivedAtMs: number;
  headers: Record<string, string>;
  body: string;
};
/** What became of an event: kept, as itself or as its twin; or not, because there is no room or no such pipeline. */
export type Receipt = "kept" | "full" | "unknown";
/** An event that waits; `seq` only grows within a pipeline. */
export type WaitingEvent = { seq: number; received_at: Date; headers: Record<string, string>; body: string };
export type InboxSize = { pending: number; oldest_received_at: Date | null };
/** How many milliseconds lay between the receipt of an event and its commit: half of them took no longer than `p50_ms`. */
export type Latency = { events: number; p50_ms: number; p95_ms: number; p99_ms: number };

type Room = { pipeline_id: string; last_seq: string; pending: string; pending_bytes: string };

const MAX_EVENTS = 100_000;
const MAX_BYTES = 1024 * 1024 * 1024;
const PAGE = 1000;
/** What is told of latencies is of the last minutes. */
const LATENCY_MINUTES = 15;
/** Buckets of latencies to an octave: what is told is at most a fifth too long, and never too short. */
const BUCKETS = 4;
/** Where it is told that events have come; the payload is the pipeline's id. */
export const INBOX_CHANNEL = "sluice_inbox";

/** Events that were pushed and are not in the destination yet. What is kept is durable. */
export class Inbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves to the connector of a pipeline's source, which has to take events; undefined without such a pipeline. */
  async sourceOf(pipelineId: string): Promise<string | undefined> {
    const { rows } = await this.#database.pool.query<{ connector: string }>(
      "SELECT c.connector FROM pipelines p JOIN connections c ON c.id = p.source_id WHERE p.id = $1",
      [pipelineId],
    );
    return rows[0]?.connector;
  }

  /** Keeps events, in their order; resolves once they are durable, to what became of each. */
  async receive(events: readonly PushedEvent[]): Promise<Receipt[]> {
    return this.#database.transaction(async (client) => {
      const rooms = await lockedRooms(client, [...new Set(events.map(({ pipelineId }) => pipelineId))]);
      const receipts: Receipt[] = [];
      const kept: (PushedEvent & { seq: number })[] = [];
      for (const event of events) {
        const room = rooms.get(event.pipelineId);
        const isFull = room !== undefined && (room.pending >= MAX_EVENTS || room.bytes >= MAX_BYTES);
        receipts.push(room === undefined ? "unknown" : isFull ? "full" : "kept");
        if (room === undefined || isFull) continue;
        room.lastSeq += 1;
        room.pending += 1;
        room.bytes += event.body.length;
        kept.push({ ...event, seq: room.lastSeq });
      }
      if (kept.length > 0) await insert(client, kept);
      const told = [...new Set(kept.map(({ pipelineId }) => pipelineId))];
      await client.query("SELECT pg_notify($1, id) FROM unnest($2::text[]) AS told (id)", [INBOX_CHANNEL, told]);
      return receipts;
    });
  }

  /** Resolves to the oldest events behind the number `after`, until their bodies are `maxBytes` long, but one at least. */
  async waiting(pipelineId: string, { after, maxBytes }: { after: number; maxBytes: number }): Promise<WaitingEvent[]> {
    const { rows } = await this.#database.pool.query<Omit<WaitingEvent, "seq"> & { seq: string }>(
      `SELECT seq, received_at, headers, body FROM (
         SELECT *, sum(length(body)) OVER (ORDER BY seq) - length(body) AS before FROM (
           SELECT * FROM inbox WHERE pipeline_id = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE}) AS first) AS summed
        WHERE before < $3 ORDER BY seq`,
      [pipelineId, after, maxBytes],
    );
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
  }

  /** Forgets the events up to a number: they are committed at the destination. How long they took is remembered. */
  async clear(pipelineId: string, through: number): Promise<void> {
    await this.#database.transaction(async (client) => {
      await lockedRooms(client, [pipelineId]);
      await client.query(
        `WITH gone AS (
           DELETE FROM inbox WHERE pipeline_id = $1 AND seq <= $2
             RETURNING length(body) AS bytes, extract(epoch FROM clock_timestamp() - received_at) * 1000 AS ms),
         counted AS (
           INSERT INTO event_latencies (pipeline_id, minute, bucket, events)
           SELECT $1, date_trunc('minute', now()), ceil(log(2, greatest(ms, 1)) * ${BUCKETS}), count(*) FROM gone GROUP BY 3
           ON CONFLICT (pipeline_id, minute, bucket) DO UPDATE SET events = event_latencies.events + excluded.events)
         UPDATE inboxes SET pending = pending - (SELECT count(*) FROM gone),
                pending_bytes = pending_bytes - (SELECT coalesce(sum(bytes), 0) FROM gone)
          WHERE pipeline_id = $1`,
        [pipelineId, through],
      );
    });
  }

  async size(pipelineId: string): Promise<InboxSize> {
    const { rows } = await this.#database.pool.query<InboxSize>(
      "SELECT count(*)::int AS pending, min(received_at) AS oldest_received_at FROM inbox WHERE pipeline_id = $1",
      [pipelineId],
    );
    return rows[0] ?? { pending: 0, oldest_received_at: null };
  }

  /** Resolves to how long the events of each pipeline took that were committed in the last 15 minutes. */
  async latencies(pipelineIds?: readonly string[]): Promise<Map<string, Latency>> {
    const { rows } = await this.#database.pool.query<{ pipeline_id: string; bucket: number; events: number }>(
      `SELECT pipeline_id, bucket, sum(events)::float8 AS events FROM event_latencies
        WHERE minute > now() - interval '${LATENCY_MINUTES} minutes' AND ($1::text[] IS NULL OR pipeline_id = ANY ($1))
        GROUP BY 1, 2 ORDER BY 1, 2`,
      [pipelineIds ?? null],
    );
    return new Map([...Map.groupBy(rows, (row) => row.pipeline_id)].map(([id, buckets]) => [id, latencyOf(buckets)]));
  }

  /** Forgets how long events took of which nothing is told any more; resolves to how many rows that were. */
  async forgetLatencies(): Promise<number> {
    const sql = `DELETE FROM event_latencies WHERE minute < now() - interval '${LATENCY_MINUTES} minutes'`;
    return (await this.#database.pool.query(sql)).rowCount ?? 0;
  }
}

/** Resolves to the room of each pipeline that is there, held until the end of the transaction. */
async function lockedRooms(client: Queryable, pipelineIds: readonly string[]) {
  await client.query(
    `INSERT INTO inboxes (pipeline_id) SELECT id FROM pipelines WHERE id = ANY ($1) ORDER BY id
     ON CONFLICT (pipeline_id) DO NOTHING`,
    [pipelineIds],
  );
  // in one order, so that two that hold several do not wait for each other
  const { rows } = await client.query<Room>(
    "SELECT * FROM inboxes WHERE pipeline_id = ANY ($1) ORDER BY pipeline_id FOR UPDATE",
    [pipelineIds],
  );
  return new Map(
    rows.map(({ pipeline_id, last_seq, pending, pending_bytes }) => [
      pipeline_id,
      { lastSeq: Number(last_seq), pending: Number(pending), bytes: Number(pending_bytes) },
    ]),
  );
}

/** Yields what buckets in their order say; a latency is told as the upper end of its bucket. */
function latencyOf(buckets: readonly { bucket: number; events: number }[]): Latency {
  const events = buckets.reduce((sum, each) => sum + each.events, 0);
  const reached = (share: number) => {
    let sum = 0;
    const found = buckets.find((each) => (sum += each.events) >= share * events);
    return Math.round(2 ** ((found?.bucket ?? 0) / BUCKETS));
  };
  return { events, p50_ms: reached(0.5), p95_ms: reached(0.95), p99_ms: reached(0.99) };
}

async function insert(client: Queryable, events: readonly (PushedEvent & { seq: number })[]): Promise<void> {
  await client.query(
    `WITH kept AS (
       INSERT INTO inbox (pipeline_id, seq, event_key, received_at, headers, body)
       SELECT id, seq, key, clock_timestamp() - age * interval '1 ms', headers, body
         FROM unnest($1::text[], $2::bigint[], $3::text[], $4::float8[], $5::jsonb[], $6::text[])
           AS event (id, seq, key, age, headers, body)
       ON CONFLICT (pipeline_id, event_key) DO NOTHING RETURNING pipeline_id, seq, length(body) AS bytes)
     UPDATE inboxes SET last_seq = added.seq, pending = pending + added.count, pending_bytes = pending_bytes + added.bytes
       FROM (SELECT pipeline_id AS id, max(seq) AS seq, count(*) AS count, sum(bytes) AS bytes FROM kept GROUP BY 1) AS added
      WHERE pipeline_id = added.id`,
    [
      events.map(({ pipelineId }) => pipelineId),
      events.map(({ seq }) => seq),
      events.map(({ key }) => key),
      // by the clock of the database, as all that is measured from it
      events.map(({ receivedAtMs }) => performance.now() - receivedAtMs),
      events.map(({ headers }) => JSON.stringify(headers)),
      events.map(({ body }) => body),
    ],
  );
}
