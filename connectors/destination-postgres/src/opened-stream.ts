import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import type { StoredState, WriteContext } from "@sluice/protocol/stdio";
import type { ClientBase } from "pg";
import type { Config } from "./config.ts";
import { inTransaction } from "./connection.ts";
import { generationIdOf, openGeneration } from "./generation.ts";
import { lockTables, makeTables } from "./setup.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { Table } from "./table.ts";

/** A stream that is ready to be written. */
export type Opened = {
  name: string;
  writer: StreamWriter;
  keyProperties: readonly string[];
  isAppended: boolean;
  /** The next read goes on from the newest state, also when the stream was complete. */
  isIncremental: boolean;
  /** Its table was made just now. */
  isNew: boolean;
};

type OpenOptions = {
  config: Config;
  streams: readonly ConfiguredStream[];
  context: Pick<WriteContext, "resumedFrom">;
  states: readonly StoredState[];
  /** When this write process began, ISO 8601: names a full refresh that has no other name. */
  startedAt: string;
};

/** Tells whether a record of the stream that comes twice becomes two rows. */
export function isAppended({ stream, destination_mode: mode }: ConfiguredStream): boolean {
  return mode === "append" || (mode === "overwrite" && (stream.primary_key ?? []).length === 0);
}

/** Resolves to the streams with their tables made or brought up to date, and each full refresh begun or continued. */
export async function openStreams(client: ClientBase, options: OpenOptions): Promise<Opened[]> {
  const { config, streams } = options;
  const plan = await makeTables(client, { config, streams });
  assertTablesOfStates(plan.created, { states: options.states, resumedFrom: options.context.resumedFrom ?? [] });
  return inTransaction(client, config, async () => {
    await lockTables(client, config);
    const opened: Opened[] = [];
    for (const [index, configured] of streams.entries()) {
      const table = plan.tables[index] as Table;
      const writer = await openWriter(client, { table, configured, options });
      const keyProperties = table.keys.map(({ property }) => property);
      const { name } = configured.stream;
      const isNew = plan.created.has(name);
      const isIncremental = configured.sync_mode === "incremental";
      opened.push({ name, writer, keyProperties, isAppended: isAppended(configured), isIncremental, isNew });
    }
    return opened;
  });
}

type OpenWriterOptions = { table: Table; configured: ConfiguredStream; options: OpenOptions };

async function openWriter(
  client: ClientBase,
  { table, configured, options }: OpenWriterOptions,
): Promise<StreamWriter> {
  const { config, context, startedAt } = options;
  if (!table.isReplaced)
    return new StreamWriter(table, { config, generation: undefined, generationId: configured.generation_id });
  const isResumed = (context.resumedFrom ?? []).some(({ stream }) => stream === table.stream);
  const id = generationIdOf(configured, { isResumed, startedAt });
  const generation = await openGeneration(client, { live: table, id, config });
  return new StreamWriter(table, { config, generation, generationId: configured.generation_id });
}

/** Throws `config` for a state without the table that it is about: every row before it would be missing. */
export function assertTablesOfStates(
  created: ReadonlySet<string>,
  { states, resumedFrom }: { states: readonly StoredState[]; resumedFrom: NonNullable<WriteContext["resumedFrom"]> },
): void {
  const resumed = resumedFrom.map(({ stream }) => stream);
  const orphan = states.find(({ stream }) => created.has(stream) && resumed.includes(stream));
  if (orphan === undefined) return;
  throw new SluiceError(
    "config",
    `The source continues the stream "${orphan.stream}", whose table is gone; forget its states with "checkpoint clear" and load it from its beginning.`,
  );
}
