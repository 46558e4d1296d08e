import { access, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SluiceError, type Capabilities, type ConfiguredStream } from "@sluice/protocol";
import type { CheckResult, Receiver, Replies, WriteContext } from "@sluice/protocol/stdio";
import { Checkpoints, checkpointVerbs } from "../destination-faulty/checkpoints.ts";
import { DestinationConfig } from "./destination-config.ts";
import { ReferenceReceiver, type ReceiverOptions } from "./receiver.ts";
import { RowTable } from "./row-table.ts";
import type { Database } from "./sql-server/database.ts";
import { RemoteDatabase, type RemoteOptions } from "./sql-server/remote-database.ts";

/** A destination in one SQLite file, rows and states in one transaction: small, and honest in all that the kit checks. */
export class ReferenceDestination {
  readonly name: string = "destination-reference";
  readonly version: string = "0.1.0";
  readonly description: string = "Stores rows in a SQLite file: what the conformance kit is tried with.";
  readonly capabilities: Capabilities = {
    modes: ["append", "merge", "overwrite"],
    deletes: "hard",
    transactional_checkpoints: true,
    fencing: true,
    schema_evolution: true,
  };
  readonly config = DestinationConfig;
  readonly checkpoints = checkpointVerbs;

  async check(config: DestinationConfig): Promise<CheckResult> {
    await this.connect(config);
    return { message: `Rows go to ${config.folder}.` };
  }

  async setup(config: DestinationConfig, { streams, dryRun }: { streams: ConfiguredStream[]; dryRun: boolean }) {
    await this.connect(config);
    using kept = new Checkpoints(config.folder);
    const table = new RowTable(kept.database);
    return kept.transaction(() => this.makeRoom(kept, { table, streams, dryRun }));
  }

  /** Yields the statements that note the streams which are not known yet, and runs them unless it is a dry run. */
  makeRoom(
    kept: Checkpoints,
    { streams, dryRun }: { table: RowTable; streams: readonly ConfiguredStream[]; dryRun: boolean },
  ): string[] {
    kept.database.exec("CREATE TABLE IF NOT EXISTS streams (name TEXT PRIMARY KEY)");
    const known = kept.database.prepare("SELECT 1 FROM streams WHERE name = ?");
    const missing = streams.map(({ stream }) => stream.name).filter((name) => known.get(name) === undefined);
    const statements = missing.map((name) => `INSERT INTO streams VALUES ('${name.replaceAll("'", "''")}')`);
    if (!dryRun) for (const statement of statements) kept.database.exec(statement);
    return statements;
  }

  async receive(config: DestinationConfig, context: WriteContext & { replies: Replies }): Promise<Receiver> {
    await this.connect(config);
    for (const { stream, destination_mode: mode } of context.streams) {
      if (this.capabilities.modes?.includes(mode) === true) continue;
      throw new SluiceError("config", `The stream "${stream.name}" asks for ${mode}, which this destination has not.`);
    }
    const checkpoints = this.checkpointsIn(config);
    return this.receiver({ checkpoints, table: this.table(checkpoints.database), ...context });
  }

  checkpointsIn({ folder, host, port }: DestinationConfig): Checkpoints {
    if (host === undefined || port === undefined) return new Checkpoints(folder);
    return new Checkpoints(folder, (file) => this.remote({ host, port, file }));
  }

  remote(options: RemoteOptions): Database {
    return new RemoteDatabase(options);
  }

  table(database: Database): RowTable {
    return new RowTable(database);
  }

  receiver(options: ReceiverOptions): ReferenceReceiver {
    return new ReferenceReceiver(options);
  }

  async connect({ folder, token }: DestinationConfig): Promise<void> {
    try {
      // what leads to it must be there
      await access(dirname(folder));
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw new SluiceError("transient", `The folder ${folder} cannot be made; see what it is in.`, { cause: error });
    }
    const wanted = await readFile(join(folder, "token.txt"), "utf8").catch(() => "");
    if (wanted.trim() !== token) throw new SluiceError("auth", "The token is not accepted; give the one of token.txt.");
  }
}
