import { SluiceError, type FailureType } from "@sluice/protocol";

/** What can go wrong in the kit, and the reaction that each calls for. */
const failureTypes = {
  binaries_missing: "config",
  server_failed: "system",
  server_busy: "transient",
  server_unreachable: "transient",
  identifier_invalid: "config",
  migrations_invalid: "system",
  migration_failed: "system",
  migration_changed: "config",
  migrations_newer: "config",
} as const satisfies Record<string, FailureType>;

export type PostgresKitReason = keyof typeof failureTypes;

/** A failure of the kit: `reason` tells the kit's own cases apart, `code` is what everybody branches on. */
export class PostgresKitError extends SluiceError {
  override readonly name = "PostgresKitError";
  readonly reason: PostgresKitReason;

  constructor(reason: PostgresKitReason, message: string, options?: ErrorOptions) {
    super(failureTypes[reason], message, { cause: options?.cause });
    this.reason = reason;
  }
}
