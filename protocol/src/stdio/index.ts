export { LineSplitter, DEFAULT_MAX_LINE_BYTES, type RawLine } from "./line-splitter.ts";
export { parseLine, type Line, type MessageLine } from "./line.ts";
export { CutLine, readLines } from "./lines.ts";
export { configuredCatalog, narrowToFields, selectStreams, type ConfiguredCatalog } from "./configured-catalog.ts";
export { readStates, type States } from "./state-file.ts";
export { readJsonArgument } from "./config-source.ts";
export { configJsonSchema, environmentName } from "./config-fields.ts";
export { stopOnSignals } from "./signals.ts";
export { Output, PeerGone } from "./output.ts";
export { addPayloadMembers } from "./payload-members.ts";
export { memberScanner, pickMembers, scanElements, scanMembers } from "./json-scan.ts";
export { RECORD_LINE_TAIL, parseCanonicalRecord, recordLineHead, type RecordLine } from "./record-line.ts";
export { runSource } from "./run-source.ts";
export type {
  CheckResult,
  InboxMessage,
  ReadContext,
  ReadStream,
  SetupOptions,
  Source,
  SourceOutput,
} from "./source.ts";
export { runDestination } from "./run-destination.ts";
export type {
  Checkpoints,
  CommitPoint,
  Destination,
  DestinationRecord,
  Receiver,
  Replies,
  StateLine,
  WriteContext,
  Writer,
} from "./destination.ts";
export { configureLog, isLogLevel, log, logToStderr, redirectConsole, type LogLevel } from "./stderr.ts";
export { iterateInLogContext, withLogContext, type LogContext } from "./log-context.ts";
export { prettyLogLine } from "./pretty-log.ts";
export { escapeControls, printable } from "./printable.ts";
export { MaskStream, SecretMask, maskSecrets, rememberSecret } from "./secrets.ts";
export { assertResumable, type ResumedFrom } from "./resumable.ts";
export { dataText, historyLine, readyLine, stateLine, type PastState, type StoredState } from "./stored-state.ts";
