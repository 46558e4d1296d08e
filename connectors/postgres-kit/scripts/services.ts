import { startPostgres } from "../src/server/index.ts";

// Prints where each service answers, a line each, and keeps them until it is told to end.
const HOUR_MS = 3_600_000;
const told = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => told.resolve());
// Waiting for a signal alone does not keep Node running.
const waiting = setInterval(() => {}, HOUR_MS);

await using postgres = await startPostgres();
console.log(`DATABASE_URL=${postgres.url}`);
await told.promise;
clearInterval(waiting);
