import type { Accounts } from "../store/accounts.ts";
import type { FastifyInstance } from "fastify";
import { CliSockets } from "./cli-sockets.ts";
import { PushLog, type PushSummary } from "./push-log.ts";
import { Pusher } from "./pusher.ts";
import { Webhooks } from "./webhooks.ts";

/** Everything by which the account tells of events without being asked. */
export class Push {
  readonly #log = new PushLog();
  readonly #webhooks: Webhooks;
  readonly #sockets: CliSockets;
  readonly #pusher: Pusher;

  constructor(accounts: Accounts, seed: number) {
    const { own: store } = accounts;
    this.#webhooks = new Webhooks(store, { log: this.#log, seed });
    this.#sockets = new CliSockets(store, { log: this.#log, seed });
    this.#pusher = new Pusher({
      settings: store.settings,
      seed,
      log: this.#log,
      receivers: [(event, signal) => this.#webhooks.send(event, signal), async (event) => this.#sockets.send(event)],
    });
    accounts.listen((event) => this.#pusher.push(event));
  }

  register(app: FastifyInstance): void {
    this.#webhooks.register(app);
    this.#sockets.register(app);
    app.addHook("preClose", async () => this.#pusher.close());
  }

  summary(): PushSummary {
    return this.#log.summary();
  }

  /** Ends all sockets of the CLI; with `expire` their sessions, too. */
  disconnect(how: "close" | "terminate", { expire = false }: { expire?: boolean } = {}): void {
    if (expire) this.#sockets.expire();
    this.#sockets.disconnect(how);
  }
}
