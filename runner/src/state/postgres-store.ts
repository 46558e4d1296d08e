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
    const client = await this.#connect(writerName(lease));
    const keeper = new LeaseKeeper({ renew: () => store.renewLease(client, lease), lost: () => {} });
    const states = new Map(
      taken.states.map((state) => [state.scope === "global" ? null : state.stream, stateLineOf(stateLine(state))]),
    );
    return {
      get states() {
        return [...states.values()];
      },
      put: async (state) => {
        await attempt(() => store.put(client, { pipelineId, epoch: taken.epoch, state }));
        states.set(state.state.stream ?? null, state);
      },
      close: async () => {
        keeper[Symbol.dispose]();
        try {
          await attempt(() => store.releaseLease(client, lease));
        } finally {
          await client.end();
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
    const client = new Client({ connectionString: this.#connectionString, application_name: name, keepAlive: true });
    // a connection that breaks fails the statement that needs it
    client.on("error", () => {});
    await attempt(() => client.connect());
    return client;
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
