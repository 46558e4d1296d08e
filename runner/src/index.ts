export { createRun, type Run, type RunEvent, type RunOptions } from "./run/run.ts";
export type { PushedInputs } from "./relay/source-inbox.ts";
export type { Summary } from "./run/summary.ts";
export type { StreamTotals } from "./run/progress.ts";
export type { RunLimits } from "./run/attempt.ts";
export type { Incident } from "./run/incident.ts";
export { startPipelineRun, type PipelineRunOptions } from "./run/pipeline-run.ts";
export type { PlannedStream } from "./run/planned-stream.ts";
export { findPipelineFile, loadPipelines, parsePipelines, type LoadedPipeline } from "./pipeline/load-pipelines.ts";
export { Pipeline, PipelineFile, pipelineFileJsonSchema } from "./pipeline/pipeline-file.ts";
export { openPipeline, openStore, type OpenPipeline } from "./pipeline/open-pipeline.ts";
export { configureStreams, type RunOverrides } from "./pipeline/configure-streams.ts";
export { ConnectorProcess, type ConnectorProcessOptions } from "./side/connector-process.ts";
export { inProcessSide, type SideIo } from "./side/in-process-side.ts";
export { bytesSource } from "./side/bytes-source.ts";
export { memoryDestination, memorySource, type MemoryDestination, type MemoryRecord } from "./side/memory-sides.ts";
export { check, discover, dryRunSetup } from "./side/ask-side.ts";
export type { AskOptions } from "./side/answer-deadline.ts";
export { sideFailure } from "./side/side-failure.ts";
export { secretPaths } from "./side/secret-values.ts";
export type { Invocation, RunningSide, Side, SideEnd } from "./side/side.ts";
export { ControlOverride } from "./state/control-override.ts";
export { DestinationStore } from "./state/destination-store.ts";
export { FileStore } from "./state/file-store.ts";
export { PostgresStore } from "./state/postgres-store.ts";
export type { MemoryName, PipelineMemory } from "./state/pipeline-memory.ts";
export { stateLineOf } from "./state/state-lines.ts";
export { nowhereStore, type OpenStates, type StateStore } from "./state/state-store.ts";
export { collect, enforceCatalog, filterType, pipe, readMessages, type Step } from "./messages/pipe.ts";
export {
  askFound,
  connectorExecutables,
  listConnectors,
  type FoundConnector,
  type SpecAnswer,
} from "./executables/connectors.ts";
export { findExecutable, searchFolders, type Executable } from "./executables/search.ts";
