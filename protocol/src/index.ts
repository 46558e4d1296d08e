export { ConfiguredStream, DestinationMode, Stream, SyncMode, TimeRange } from "./catalog.ts";
export { ExitCode, FailureType, SluiceError, exitCodeOf, type SluiceErrorOptions } from "./failure.ts";
export {
  Capabilities,
  CommittedCounts,
  isMessageType,
  messageSchemas,
  messagesJsonSchema,
  type Message,
  type MessageType,
  type Payload,
} from "./message.ts";
