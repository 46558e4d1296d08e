import type { Keyring } from "../secrets/keyring.ts";
import { Answers } from "./answers.ts";
import { Connections } from "./connections.ts";
import { Database } from "./database.ts";
import { Pipelines } from "./pipelines.ts";
import { Runs } from "./runs.ts";
import { Tokens } from "./tokens.ts";

/** All that the orchestrator keeps, in one Postgres. */
export class Store implements AsyncDisposable {
  readonly database: Database;
  readonly answers: Answers;
  readonly tokens: Tokens;
  readonly connections: Connections;
  readonly pipelines: Pipelines;
  readonly runs: Runs;

  private constructor(database: Database, keyring: Keyring) {
    this.database = database;
    this.answers = new Answers(database, keyring);
    this.tokens = new Tokens(database);
    this.connections = new Connections(database, keyring);
    this.pipelines = new Pipelines(database);
    this.runs = new Runs(database);
  }

  /** Connects and brings the schema up to date. */
  static async open(connectionString: string, keyring: Keyring): Promise<Store> {
    return new Store(await Database.open(connectionString), keyring);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
  }
}
