import { SluiceError } from "@sluice/protocol";
import { CheckpointStore, LeaseKeeper, writerName } from "@sluice/postgres-kit/checkpoints";
import { historyLine, stateLine, type StateLine } from "@sluice/protocol/stdio";
import { Client } from "pg";
import { stateLineOf } from "./state-lines.ts";
import type { OpenOptions, OpenStates, StateStore } from "./state-store.ts";

export type PostgresStoreOptions = { connectionString: string; schema?: string };

/** Keeps states in a Postgres that is not the destination, in the tables that destination-postgres keeps them in, too. */
export class PostgresStore implements StateStore {
  readonly name = "the state database";
  readonly #connectionString: string;
  readonly #store: CheckpointStore;

  constructor({ connectionString, schema = "_sluice" }: PostgresStoreOptions) {
    this.#connectionString = connectionString;
    this.#store = new CheckpointStore(schema);
  }

  async open({ pipelineId, runId, force }: OpenOptions): Promise<OpenStates> {
    const store = this.#store;
    const taken = await this.#with((client) => store.takeOver(client, { pipelineId, runId, force }));
    const lease = { pipelineId, runId, epoch: taken.epoch };
    const session = new Session(() => this.#connect(writerName(lease)));
    const keeper = new LeaseKeeper({
      renew: () => session.run((client) => store.renewLease(client, lease)),
      lost: () => {},
    });
    const states = new Map(
      taken.states.map((state) => [state.scope === "global" ? null : state.stream, stateLineOf(stateLine(state))]),
    );
    return {
      get states() {
        return [...states.values()];
      },
      put: async (state) => {
        await session.run((client) => store.put(client, { pipelineId, epoch: taken.epoch, state }));
        states.set(state.state.stream ?? null, state);
      },
      close: async () => {
        keeper[Symbol.dispose]();
        try {
          await session.run((client) => store.releaseLease(client, lease));
        } finally {
          await session.end();
        }
      },
    };
  }

  get(pipelineId: string): Promise<string[]> {
    return this.#with(async (client) => (await this.#store.states(client, pipelineId)).map(stateLine));
  }

  set(pipelineId: string, states: readonly StateLine[]): Promise<void> {
    return this.#with(async (client) => {
      await client.query("BEGIN");
      const epoch = await this.#store.takeEpoch(client, pipelineId);
      await this.#store.clear(client, pipelineId);
      for (const state of states) await this.#store.put(client, { pipelineId, epoch, state });
      await client.query("COMMIT");
    });
  }

  history(pipelineId: string): Promise<string[]> {
    return this.#with(async (client) => (await this.#store.history(client, pipelineId)).map(historyLine));
  }

  async #with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#connect("sluice");
    try {
      return await attempt(async () => {
        await this.#store.migrate(client);
        return work(client);
      });
    } finally {
      // an open transaction is rolled back by it
      await client.end();
    }
  }

  async #connect(name: string): Promise<Client> {
    const client = new Client({
      connectionString: this.#connectionString,
      application_name: name,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // a connection that breaks fails the statement that needs it
    client.on("error", () => {});
    await attempt(() => client.connect());
    return client;
  }
}

/**
 * A connection that is made anew when it was lost, for one piece of work at a time. What was under way then runs again,
 * although only its answer may have been lost: all that runs here may run twice.
 */
class Session {
  readonly #connect: () => Promise<Client>;
  #client: Client | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect;
  }

  run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#run(work));
    this.#last = result.catch(() => {});
    return result;
  }

  async end(): Promise<void> {
    await this.#last;
    await this.#drop();
  }

  async #run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const known = this.#client;
    const client = (this.#client ??= await this.#connect());
    try {
      return await attempt(() => work(client));
    } catch (error) {
      await this.#drop();
      const isLost = error instanceof SluiceError && error.code === "transient";
      // one that was just made would fail the same way
      if (known === undefined || !isLost) throw error;
      return this.#run(work);
    }
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    // it may be broken
    await client?.end().catch(() => {});
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const reason = error instanceof Error ? error.message || String(error) : String(error);
    throw new SluiceError(
      "transient",
      `The state database failed (${reason}); check "state" in the pipeline file and that the database runs.`,
      { cause: error },
    );
  }
}
