import { join } from "node:path";
import { startPostgres } from "@sluice/postgres-kit/server";
import { startRedis } from "@sluice/services";

// Prints where each service answers, a line each, and keeps them until it is told to end.
const HOUR_MS = 3_600_000;
const told = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => told.resolve());
// Waiting for a signal alone does not keep Node running.
const waiting = setInterval(() => {}, HOUR_MS);

const toolsFolder = join(import.meta.dirname, "..", ".tools");
await using postgres = await startPostgres();
await using redis = await startRedis({ toolsFolder, onProgress: (message) => console.error(message) });
console.log(`DATABASE_URL=${postgres.url}\nREDIS_URL=${redis.url}`);
await told.promise;
clearInterval(waiting);
