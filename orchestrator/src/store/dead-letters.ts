import type { Keyring } from "../secrets/keyring.ts";
import type { Database, Queryable } from "./database.ts";
import { lockHeld, takenOver, type HeldRun } from "./held-run.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { reseal } from "./reseal.ts";
import { storable } from "./storable.ts";

/** A record that a destination refused; `line` is the message that said so, null when it was too large to be kept. */
export type DeadLetter = { stream: string; reason: string; line: string | null };
export type StoredDeadLetter = DeadLetter & { number: number; rejected_at: Date };

/** So many are kept of one run; how many there were is in its summary. */
export const MAX_DEAD_LETTERS = 1000;
/** A message that is longer is not kept. */
export const MAX_DEAD_LETTER_BYTES = 64 * 1024;
const MAX_REASON_LENGTH = 2000;

type Row = { run_id: string; number: string; rejected_at: Date; stream: string; reason: string; sealed: Buffer | null };

/** Records that were rejected, sealed: they are the only ones that the orchestrator keeps. */
export class DeadLetters {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(database: Database, keyring: Keyring) {
    this.#database = database;
    this.#keyring = keyring;
  }

  /** Keeps one of a worker's run, unless it has as many as are kept already. Throws `protocol` when it is another's by now. */
  async keep(held: HeldRun, { stream, reason, line }: DeadLetter): Promise<void> {
    const { runId } = held;
    const told = storable({ stream, reason: reason.slice(0, MAX_REASON_LENGTH) });
    await this.#database.transaction(async (client) => {
      // one at a time: they are numbered without gaps
      if ((await lockHeld(client, held)) === undefined) throw takenOver(held);
      const { rows } = await client.query<{ number: string }>(
        "SELECT coalesce(max(number), 0) + 1 AS number FROM dead_letters WHERE run_id = $1",
        [runId],
      );
      const number = Number(rows[0]?.number);
      if (number > MAX_DEAD_LETTERS) return;
      const sealed = line === null ? null : this.#keyring.seal(line, ownerOf(runId, number));
      await client.query(
        "INSERT INTO dead_letters (run_id, number, stream, reason, sealed) VALUES ($1, $2, $3, $4, $5)",
        [runId, number, told.stream, told.reason, sealed],
      );
    });
  }

  /** Resolves to a page of those of a run, the oldest first. */
  async list(runId: string, { after, limit }: PageRequest): Promise<PageOf<StoredDeadLetter>> {
    const { rows } = await this.#database.pool.query<Row>(
      "SELECT * FROM dead_letters WHERE run_id = $1 AND number > $2 ORDER BY number LIMIT $3 + 1",
      [runId, after?.[0] ?? 0, limit],
    );
    return pageOf(
      rows.map((row) => this.#shown(row)),
      limit,
      ({ number }) => [String(number)],
    );
  }

  /** Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many. */
  rotate(client: Queryable): Promise<number> {
    const key = ["run_id", "number"];
    return reseal(client, this.#keyring, { table: "dead_letters", column: "sealed", key, ownerOf });
  }

  #shown({ run_id, number, sealed, ...row }: Row): StoredDeadLetter {
    const line = sealed === null ? null : this.#keyring.open(sealed, ownerOf(run_id, number));
    return { number: Number(number), rejected_at: row.rejected_at, stream: row.stream, reason: row.reason, line };
  }
}

function ownerOf(runId: string, number: string | number): string {
  return `dead letter ${number} of ${runId}`;
}
