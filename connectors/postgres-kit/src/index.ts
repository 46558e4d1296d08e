export { PostgresKitError, type PostgresKitReason } from "./errors.ts";
export { quoteIdentifier, truncateIdentifier } from "./identifiers.ts";
export { migrate, type Migration, type MigrateOptions } from "./migrations.ts";
