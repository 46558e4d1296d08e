import { SluiceError, type Payload } from "@sluice/protocol";
import { log, type CommitPoint } from "@sluice/protocol/stdio";
import type { ClientBase } from "pg";
import { queryWithArrays, type ArrayStatement } from "./array-query.ts";
import { takeArrivals } from "./arrivals.ts";
import type { Batch } from "./batch.ts";
import type { Config } from "./config.ts";
import { placeGeneration, type Generation } from "./generation.ts";
import { removeAppended } from "./sql/append-sql.ts";
import { forgetSeen, hasSeen, noteRejected } from "./sql/seen-sql.ts";
import { sweepRows } from "./sql/sweep-sql.ts";
import { relationLiteral, targetOf, type Target } from "./sql/target.ts";
import { statementsOf, type Statements } from "./statements.ts";
import { storeBatch, type Rejection, type StoreResult } from "./store-batch.ts";
import { qualifiedName, type Table } from "./table.ts";

/** A remembered batch costs little; only many of them are worth a look whether they are still needed. */
const SEEN_BATCHES_TO_KEEP = 20;

/** Writes the records of one stream into its table, inside transactions that others begin and commit. */
export class StreamWriter {
  readonly #config: Config;
  readonly #target: Target;
  readonly #statements: Statements;
  readonly #generation: Generation | undefined;
  readonly #generationId: string | undefined;

  /** With a `generation`, records go to its own table until the stream is complete. */
  constructor(
    table: Table,
    options: { config: Config; generation: Generation | undefined; generationId: string | undefined },
  ) {
    this.#config = options.config;
    this.#generation = options.generation;
    this.#generationId = options.generationId;
    this.#target = targetOf(options.generation?.next ?? table, options.config.checkpoint_schema);
    this.#statements = statementsOf(this.#target);
  }

  get table(): Table {
    return this.#target.table;
  }

  /** Throws `protocol` for a state or a status of another full refresh than the one that is being loaded. */
  assertGeneration(point: CommitPoint): void {
    const told = point.type === "state" ? point.state.generation_id : point.status.generation_id;
    if (told === undefined || this.#generationId === undefined || told === this.#generationId) return;
    throw new SluiceError(
      "protocol",
      `The stream "${this.table.stream}" is told to be of the generation "${told}", but this run loads "${this.#generationId}"; the source must be fixed, or started from its beginning.`,
    );
  }

  /** Waits until no other transaction writes to the table. Two that wrote at once could miss what the other has seen. */
  async lock(client: ClientBase): Promise<void> {
    await queryWithArrays(client, this.#lock);
  }

  /** Resolves to what became of a batch; locks the table, too. */
  async store(client: ClientBase, batch: Batch): Promise<StoreResult> {
    if (batch.hasUnversioned && this.#statements.layout !== "append") {
      await this.lock(client);
      const checkpointSchema = this.#config.checkpoint_schema;
      batch.numberUnversioned(await takeArrivals(client, { checkpointSchema, count: batch.length }));
    }
    const { stream } = this.table;
    const result = await storeBatch({ client, lock: this.#lock, statements: this.#statements, stream }, batch);
    if (result.rejections.length > 0 && this.#statements.layout !== "append")
      await this.#noteRejected(client, result.rejections);
    return result;
  }

  /** Removes rows that were appended in this same transaction. Throws `transient` where they are not as they were added. */
  async takeBack(client: ClientBase, stored: readonly Pick<StoreResult, "counts" | "places">[]): Promise<void> {
    for (const { counts, places } of stored) {
      let removed = 0;
      for (const each of places) removed += (await client.query(removeAppended(this.#target), [each])).rowCount ?? 0;
      if (removed === counts.written + counts.deleted) continue;
      throw new SluiceError(
        "transient",
        `The rows of "${this.table.stream}" that no state covers cannot be told from others, because a trigger or a partition has moved them; nothing behind the last committed state is kept, and the next run continues there.`,
      );
    }
  }

  /** Does what a complete stream calls for: a sweep, the place of its generation, and forgetting what is of no use. */
  async complete(client: ClientBase, status: Payload<"stream_status">): Promise<void> {
    if (status.sweep_version !== undefined) await this.#sweep(client, status.sweep_version, status.records);
    await this.#forget(client);
    if (this.#generation !== undefined) await placeGeneration(client, this.#generation, this.#config);
  }

  get #lock(): ArrayStatement {
    const text = "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))";
    return { text, parameters: [Buffer.from(`sluice.rows.${this.#name}`)] };
  }

  get #name(): string {
    return qualifiedName(this.table);
  }

  async #noteRejected(client: ClientBase, rejections: readonly Rejection[]): Promise<void> {
    const versions = rejections.map(({ version }) => String(version ?? Number.MAX_SAFE_INTEGER));
    const keys = rejections.map((rejection) => this.#keyText(rejection.keys));
    await client.query(noteRejected(this.#target), [keys, versions]);
  }

  /** As the server spells the key; null where that cannot be known here. */
  #keyText(texts: readonly string[]): string | null {
    const { keys } = this.table;
    const isTime = keys.some(({ type }) => type.name === "unix_time" || type.name === "date_time");
    if (texts.length !== keys.length || isTime) return null;
    if (texts.length === 1) return texts[0] ?? null;
    return `[${texts.map((text, index) => (keys[index]?.type.name === "text" ? JSON.stringify(text) : text)).join(", ")}]`;
  }

  async #sweep(client: ClientBase, version: number, records: number | undefined): Promise<void> {
    const { stream, layout } = this.table;
    const skip = (reason: string) => log("warn", `Nothing of "${stream}" is swept: ${reason}.`);
    if (layout === "append") return skip("its rows are appended, and stay");
    if (records === undefined) return skip("the source did not tell how many records it sent");
    const { rows: unknown } = await client.query(
      `SELECT 1 FROM ${this.#target.beside}.seen s
        WHERE relation = ${relationLiteral(this.table)} AND is_rejected AND max_version >= $1 AND array_position(keys, NULL) IS NOT NULL`,
      [version],
    );
    if (unknown.length > 0) return skip("a record was rejected whose key is not known, so its row may not be gone");
    const { rows } = await client.query<{ swept: string }>(sweepRows(this.#target), [version]);
    const swept = Number(rows[0]?.swept);
    if (swept > 0) log("info", `${swept} rows of "${stream}" are gone at the source, and are deleted here.`);
  }

  async #forget(client: ClientBase): Promise<void> {
    if (this.table.layout === "append") return;
    const { rows } = await client.query<{ batches: string }>(hasSeen(this.#target));
    const [rejected = "", superseded = ""] = forgetSeen(this.#target, this.#name);
    await client.query(rejected);
    if (this.table.layout === "merge" && Number(rows[0]?.batches) > SEEN_BATCHES_TO_KEEP)
      await client.query(superseded);
    const days = this.#config.tombstone_retention_days;
    if (days === undefined) return;
    await client.query(
      `DELETE FROM ${this.#target.beside}.tombstones
        WHERE relation = ${relationLiteral(this.table)} AND deleted_at < now() - $1 * interval '1 day'`,
      [days],
    );
  }
}
