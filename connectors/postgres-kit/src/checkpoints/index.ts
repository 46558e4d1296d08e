export { CheckpointStore, type Position, type Takeover, type TakeoverOptions } from "./checkpoint-store.ts";
export { LeaseKeeper, type Lease } from "./lease.ts";
export { writerName } from "./older-writers.ts";
