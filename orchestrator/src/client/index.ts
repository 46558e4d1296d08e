export {
  allPages,
  answered,
  connect,
  type ApiClient,
  type ConnectOptions,
  type Schemas,
  type paths,
} from "./client.ts";
export { followRun, type RunEvent } from "./follow-run.ts";
export { storedRecords } from "./stored-records.ts";
