export { createDatabase, type TemporaryDatabase } from "./database.ts";
export { startPostgres, type PostgresServer, type StartOptions } from "./start.ts";
