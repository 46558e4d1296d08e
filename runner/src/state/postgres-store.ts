import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError, errorCode, type FailureType } from "@sluice/protocol";
import { CheckpointStore, LeaseKeeper, writerName } from "@sluice/postgres-kit/checkpoints";
import { historyLine, stateLine, type StateLine } from "@sluice/protocol/stdio";
import { Client, DatabaseError } from "pg";
import { stateLineOf } from "./state-lines.ts";
import type { OpenOptions, OpenStates, StateStore } from "./state-store.ts";

const CONNECT_MS = 15_000;
/** The time without traffic behind which the other side is asked for a sign of life. */
const KEEP_ALIVE_MS = 10_000;
/** A database that answers at all has answered by then. */
const ANSWER_MS = 60_000;
/** Somebody else's transaction may be in the way for so long; told by the database, which then does it no more. */
const BEGIN = "BEGIN; SET LOCAL lock_timeout = 15000";
/** A lease that is not given back by then runs out by itself. */
const CLOSE_MS = 5000;

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
        const released = session.run((client) => store.releaseLease(client, lease));
        try {
          await Promise.race([released, sleep(CLOSE_MS, undefined, { ref: false })]);
        } finally {
          // it may be what ends it
          released.catch(() => {});
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
    return attempt(async () => {
      const client = new Client({
        connectionString: this.#connectionString,
        application_name: name,
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
        connectionTimeoutMillis: CONNECT_MS,
        query_timeout: ANSWER_MS,
      });
      // a connection that breaks fails the statement that needs it
      client.on("error", () => {});
      await client.connect();
      return client;
    });
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
  #isOver = false;

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect;
  }

  run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#run(work));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Ends the connection, and a statement that still waits for its answer. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#drop();
  }

  async #run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const known = this.#client;
    const client = (this.#client ??= await this.#connect());
    try {
      return await attempt(async () => {
        // while it was being connected
        if (this.#isOver) throw new SluiceError("transient", "The state database did not answer in time.");
        await client.query(BEGIN);
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      });
    } catch (error) {
      // rolled back with it
      await this.#drop();
      const isLost = error instanceof SluiceError && error.code === "transient";
      // one that was just made would fail the same way
      if (known === undefined || !isLost || this.#isOver) throw error;
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
      failureTypeOf(error),
      `The state database failed (${reason}); check "state" in the pipeline file and that the database runs.`,
      { cause: error },
    );
  }
}

/** What a SQLSTATE, or its class of two characters, asks of a person; everything else may pass by itself. */
const TYPES: Record<string, FailureType> = {
  "25006": "config",
  "28": "auth",
  "3D": "config",
  "3F": "config",
  "42": "config",
  "42501": "permission",
  ERR_INVALID_URL: "config",
};

function failureTypeOf(error: unknown): FailureType {
  if (error instanceof Error && error.message.includes("client password must be")) return "auth";
  const code = errorCode(error) ?? "";
  return TYPES[code] ?? (error instanceof DatabaseError ? TYPES[code.slice(0, 2)] : undefined) ?? "transient";
}
