import type { Keyring } from "../secrets/keyring.ts";
import { Answers } from "./answers.ts";
import { audit, type Actor } from "./audit-log.ts";
import { Connections } from "./connections.ts";
import { Database } from "./database.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Deliveries } from "./deliveries.ts";
import { HeldRuns } from "./held-runs.ts";
import { Inbox } from "./inbox.ts";
import { Memories } from "./memories.ts";
import { Notifications } from "./notifications.ts";
import { Pipelines } from "./pipelines.ts";
import { Recordings } from "./recordings.ts";
import { RunPlans } from "./run-plans.ts";
import { RunSamples } from "./run-samples.ts";
import { Runs } from "./runs.ts";
import { Schedules } from "./schedules.ts";
import { Tokens } from "./tokens.ts";
import { WorkerList } from "./worker-list.ts";

/** All that the orchestrator keeps, in one Postgres. */
export class Store implements AsyncDisposable {
  readonly database: Database;
  readonly answers: Answers;
  readonly tokens: Tokens;
  readonly connections: Connections;
  readonly pipelines: Pipelines;
  readonly runs: Runs;
  readonly heldRuns: HeldRuns;
  readonly schedules: Schedules;
  readonly memories: Memories;
  readonly notifications: Notifications;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  readonly deliveries: Deliveries;
  readonly plans: RunPlans;
  readonly samples: RunSamples;
  readonly recordings: Recordings;
  readonly workers: WorkerList;

  private constructor(database: Database, keyring: Keyring) {
    this.database = database;
    this.answers = new Answers(database, keyring);
    this.tokens = new Tokens(database);
    this.connections = new Connections(database, keyring);
    this.pipelines = new Pipelines(database);
    this.runs = new Runs(database);
    this.heldRuns = new HeldRuns(database);
    this.schedules = new Schedules(database);
    this.memories = new Memories(database, keyring);
    this.inbox = new Inbox(database);
    this.deadLetters = new DeadLetters(database, keyring);
    this.deliveries = new Deliveries(database);
    this.plans = new RunPlans(database);
    this.samples = new RunSamples(database);
    this.recordings = new Recordings(database);
    this.workers = new WorkerList(database);
    this.notifications = new Notifications(database, keyring);
  }

  /** Connects and brings the schema up to date. */
  static async open(connectionString: string, keyring: Keyring): Promise<Store> {
    return new Store(await Database.open(connectionString), keyring);
  }

  /** Seals with the newest key what an older one sealed; resolves to how many secrets that were. */
  async rotateKeys(actor: Actor): Promise<number> {
    return this.database.transaction(async (client) => {
      let count = 0;
      for (const sealed of [this.connections, this.memories, this.answers, this.notifications, this.deadLetters])
        count += await sealed.rotate(client);
      if (count > 0) await audit(client, actor, { action: "key.rotate", target: "secrets", detail: { count } });
      return count;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
  }
}
