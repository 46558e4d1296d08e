import { isAbsolute, join, resolve } from "node:path";
import { SluiceError } from "@sluice/protocol";
import { findExecutable, searchFolders } from "../executables/search.ts";
import type { AskOptions } from "../side/answer-deadline.ts";
import { ConnectorProcess } from "../side/connector-process.ts";
import { ControlOverride } from "../state/control-override.ts";
import { DestinationStore } from "../state/destination-store.ts";
import { FileStore } from "../state/file-store.ts";
import { folderMemory, type PipelineMemory } from "../state/pipeline-memory.ts";
import { PostgresStore } from "../state/postgres-store.ts";
import type { StateStore } from "../state/state-store.ts";
import type { LoadedPipeline } from "./load-pipelines.ts";
import type { PipelineConnector } from "./pipeline-file.ts";

/** A pipeline with its two sides found and configured, and the place of its states. */
export type OpenPipeline = {
  pipeline: LoadedPipeline;
  memory: PipelineMemory;
  /** Keeps the states where neither the pipeline nor its destination says otherwise. */
  ownStates: StateStore;
  source: ConnectorProcess;
  destination: ConnectorProcess;
  /** Keeps a configuration that a connector changed, before it is used. */
  control(role: "source" | "destination", config: Record<string, unknown>): Promise<void>;
};

export type OpenPipelineOptions = {
  runId?: string;
  logLevel?: string;
  /** Variables for the source besides those that every connector gets. */
  sourceEnv?: Record<string, string>;
  /** Where it is remembered what is to outlive a run; in the folder .sluice by default. */
  memory?: PipelineMemory;
  /** Where states are kept that are not kept elsewhere; in the folder .sluice by default. */
  ownStates?: StateStore;
  onStderr?: (role: "source" | "destination", text: string) => void;
};

/** Resolves to a pipeline that is ready to be run; throws `config` for a connector that is not found. */
export async function openPipeline(pipeline: LoadedPipeline, options: OpenPipelineOptions = {}): Promise<OpenPipeline> {
  const kept = join(pipeline.folder, ".sluice");
  const { memory = folderMemory(join(kept, pipeline.id)), ownStates = new FileStore(kept) } = options;
  const runEnv = {
    ...(options.runId === undefined ? {} : { SLUICE_RUN_ID: options.runId }),
    ...(options.logLevel === undefined ? {} : { SLUICE_LOG_LEVEL: options.logLevel }),
  };
  const side = async (role: "source" | "destination") => {
    const connector = pipeline[role];
    const onStderr = options.onStderr;
    return new ConnectorProcess({
      command: await commandOf(connector, { role, pipeline }),
      kind: role,
      ...(connector.connector === undefined ? {} : { name: connector.connector }),
      config: await new ControlOverride(memory, role).apply(connector.config),
      passEnv: connector.env,
      runEnv: role === "source" ? { ...runEnv, ...options.sourceEnv } : runEnv,
      ...(onStderr === undefined ? {} : { onStderr: (text: string) => onStderr(role, text) }),
    });
  };
  const sides = { source: await side("source"), destination: await side("destination") };
  return {
    pipeline,
    memory,
    ownStates,
    ...sides,
    async control(role, config) {
      await new ControlOverride(memory, role).store(pipeline[role].config, config);
      sides[role].configure(config);
    },
  };
}

/**
 * Resolves to where the states are: as the pipeline says, else with the rows where the destination can, else our own.
 * `options` say for how long a destination is asked for them.
 */
export async function openStore(
  { pipeline, destination, ownStates }: OpenPipeline,
  options: AskOptions = {},
): Promise<{ store: StateStore; isDestination: boolean }> {
  const { capabilities } = await destination.spec();
  const isKeeper = capabilities.transactional_checkpoints === true;
  const { state } = pipeline;
  if (state === "destination" && !isKeeper)
    throw new SluiceError(
      "config",
      `pipelines.${pipeline.id}.state: ${destination.name} keeps no states; use file or postgres.`,
    );
  if (state === "destination" || (state === undefined && isKeeper))
    return { store: new DestinationStore(destination, options), isDestination: true };
  if (typeof state === "object") {
    const { connection_string: connectionString, schema } = state.postgres;
    const store = new PostgresStore({ connectionString, ...(schema === undefined ? {} : { schema }) });
    return { store, isDestination: false };
  }
  return { store: ownStates, isDestination: false };
}

type Place = { role: "source" | "destination"; pipeline: LoadedPipeline };

async function commandOf(
  { connector, command }: PipelineConnector,
  { role, pipeline: { id, folder } }: Place,
): Promise<[string, ...string[]]> {
  const [program, ...args] = command ?? [];
  if (program !== undefined) {
    const isPath = program.includes("/") && !isAbsolute(program);
    return [isPath ? resolve(folder, program) : program, ...args];
  }
  const name = connector ?? "";
  // what it is called decides which variables it is given
  if (!name.startsWith(`${role}-`))
    throw new SluiceError(
      "config",
      `pipelines.${id}.${role}.connector: "${name}" is not called ${role}-…, as a ${role} is; for a program with another name give command.`,
    );
  const found = await findExecutable(name, searchFolders(folder));
  if (found !== undefined) return [found.path];
  throw new SluiceError(
    "config",
    `The ${role} ${name} was not found in node_modules/.bin or on PATH; "sluice connectors" lists what is there.`,
  );
}
