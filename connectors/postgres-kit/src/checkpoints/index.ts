export { CheckpointStore, type Takeover, type TakeoverOptions } from "./checkpoint-store.ts";
export { LeaseKeeper, type Lease } from "./lease.ts";
export { assertResumable, type ResumedFrom } from "./resumable.ts";
export { writerName } from "./older-writers.ts";
export { historyLine, readyLine, stateLine, type PastState, type StoredState } from "./stored-state.ts";
