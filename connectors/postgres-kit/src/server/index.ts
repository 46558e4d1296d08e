export { createDatabase, type TestDatabase } from "./database.ts";
export { startPostgres, type PostgresServer, type StartOptions } from "./start.ts";
