export { PostgresKitError, type PostgresKitReason } from "./errors.ts";
export { quoteIdentifier, truncateIdentifier } from "./identifiers.ts";
export { inTransaction } from "./transaction.ts";
export { migrate, type Migration, type MigrateOptions } from "./migrations.ts";
