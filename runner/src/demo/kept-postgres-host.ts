import { once } from "node:events";
import { startPostgres } from "@sluice/postgres-kit/server";

// Prints the URL of a Postgres and holds it until somebody kills this process.
await using server = await startPostgres();
process.stdout.write(server.url + "\n");
// keeps the process alive where nothing else does
const alive = setInterval(() => {}, 2 ** 30);
await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
clearInterval(alive);
