import { extname } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { SluiceError } from "@sluice/protocol";
import type { Answer, Database, Request } from "./database.ts";

// the compiler changes the endings of imports, and this is none
const WORKER = `./remote-worker${extname(import.meta.filename)}`;

/** What a remote database is opened with. */
export type RemoteOptions = { host: string; port: number; file: string };

/**
 * A database behind a server over TCP, with the calls of one that is in this process: each waits for its answer. Throws
 * `transient` where the connection is lost, from then on; an open transaction is undone by the server.
 */
export class RemoteDatabase implements Database {
  readonly #worker: Worker;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #channel = new MessageChannel();
  #isLost = false;

  constructor({ host, port, file }: RemoteOptions) {
    const { port2 } = this.#channel;
    this.#worker = new Worker(new URL(WORKER, import.meta.url), {
      workerData: { host, port, signal: this.#signal, answers: port2 },
      transferList: [port2],
    });
    // it ends with this process
    this.#worker.unref();
    this.#ask({ file });
  }

  exec(sql: string): void {
    // what a lost connection had begun is undone already
    if (this.#isLost && sql === "ROLLBACK") return;
    this.#ask({ sql, values: [], isScript: true });
  }

  prepare(sql: string): ReturnType<Database["prepare"]> {
    const all: ReturnType<Database["prepare"]>["all"] = (...values) => this.#ask({ sql, values, isScript: false });
    return { all, get: (...values) => all(...values)[0], run: (...values) => all(...values) };
  }

  close(): void {
    void this.#worker.terminate();
  }

  #ask(request: Request): Record<string, unknown>[] {
    Atomics.store(this.#signal, 0, 0);
    this.#worker.postMessage(JSON.stringify(request));
    Atomics.wait(this.#signal, 0, 0);
    const told: { message: Answer | "lost" } | undefined = receiveMessageOnPort(this.#channel.port1);
    const answer = told?.message ?? "lost";
    if (answer === "lost") {
      this.#isLost = true;
      throw new SluiceError("transient", "The connection to the database is lost; run it again.");
    }
    if ("rows" in answer) return answer.rows;
    throw new SluiceError(
      "transient",
      `The database refuses a statement (${answer.error}); see to it, and run it again.`,
    );
  }
}
