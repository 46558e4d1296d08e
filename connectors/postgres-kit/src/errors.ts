/** What can go wrong in the kit, as a code to branch on. */
export type PostgresKitErrorCode =
  | "binaries_missing"
  | "server_failed"
  | "server_busy"
  | "server_unreachable"
  | "identifier_invalid"
  | "migrations_invalid"
  | "migration_failed"
  | "migration_changed"
  | "migrations_newer";

/** Says what failed in the kit, on what, and what to do about it; `code` is for programs, `message` for people. */
export class PostgresKitError extends Error {
  override readonly name = "PostgresKitError";
  readonly code: PostgresKitErrorCode;

  constructor(code: PostgresKitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
