import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { log } from "@sluice/protocol/stdio";
import { z } from "zod";
import { budgets } from "../store/budgets.ts";
import type { Database } from "../store/database.ts";

/** A question of a source: a turn of the budget of this name, which has so many a second. */
const Question = z.object({ budget: z.string().min(1).max(200), per_second: z.number().min(0.01).max(100_000) });
/** Turns come one by one: what a pause left unused is not made up for. */
const BURST = 1;

/**
 * Where the source of a run asks for turns of the budgets that it shares with other runs: a socket in a folder of its own,
 * so that no source is given the address of the database. docs/protocol.md describes it.
 */
export class BudgetSocket implements AsyncDisposable {
  readonly #database: Database;
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isLost = false;

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
      // a source that has gone asks no more
      this.#serve(socket).catch(() => {});
    });
  }

  static async listen(database: Database): Promise<BudgetSocket> {
    const socket = new BudgetSocket(database, await mkdtemp(join(tmpdir(), "sluice-budget-")));
    socket.#server.listen(socket.#path);
    await once(socket.#server, "listening");
    return socket;
  }

  /** Tells a source where to ask. */
  get environment(): Record<string, string> {
    return { SLUICE_BUDGET_SOCKET: this.#path };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #path(): string {
    return join(this.#folder, "turns");
  }

  async #serve(socket: Socket): Promise<void> {
    for await (const line of createInterface({ input: socket }))
      socket.write(`${JSON.stringify(await this.#answer(line))}\n`);
  }

  /** Resolves to an answer without a time when there is none: the source then slows down. */
  async #answer(line: string): Promise<{ wait_ms?: number }> {
    try {
      const { budget: name, per_second: perSecond } = Question.parse(JSON.parse(line));
      const waitMs = await budgets.take(this.#database.pool, { name, perSecond, burst: BURST });
      this.#isLost = false;
      return { wait_ms: waitMs };
    } catch (error) {
      if (!this.#isLost)
        log("warn", `The budget that runs share cannot be asked, so the source slows down: ${String(error)}`);
      this.#isLost = true;
      return {};
    }
  }
}
