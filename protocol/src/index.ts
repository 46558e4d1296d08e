export { ConfiguredStream, DestinationMode, Stream, SyncMode, TimeRange } from "./catalog.ts";
export { ExitCode, FailureType, SluiceError, errorCode, exitCodeOf, type SluiceErrorOptions } from "./failure.ts";
export {
  Capabilities,
  CommittedCounts,
  isMessageType,
  isTerminalStatus,
  messageSchemas,
  messagesJsonSchema,
  type Message,
  type MessageType,
  type Payload,
  type TerminalStatus,
} from "./message.ts";
