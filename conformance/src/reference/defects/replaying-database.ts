import type { Database } from "../sql-server/database.ts";
import { RemoteDatabase, type RemoteOptions } from "../sql-server/remote-database.ts";

/** A database that, when a commit is not answered, takes its transaction for undone and sends it again. */
export class ReplayingDatabase implements Database {
  readonly #options: RemoteOptions;
  #database: RemoteDatabase;
  #transaction: (() => unknown)[] = [];

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#database = new RemoteDatabase(options);
  }

  exec(sql: string): void {
    if (sql.startsWith("BEGIN")) this.#transaction = [];
    this.#transaction.push(() => this.#database.exec(sql));
    try {
      this.#database.exec(sql);
    } catch (error) {
      if (sql !== "COMMIT") throw error;
      this.#database = new RemoteDatabase(this.#options);
      for (const statement of this.#transaction) statement();
    }
  }

  prepare(sql: string): ReturnType<Database["prepare"]> {
    const all: ReturnType<Database["prepare"]>["all"] = (...values) => {
      const ask = () => this.#database.prepare(sql).all(...values);
      this.#transaction.push(ask);
      return ask();
    };
    return { all, get: (...values) => all(...values)[0], run: (...values) => all(...values) };
  }

  close(): void {
    this.#database.close();
  }
}
