import { SluiceError, type FailureType } from "@sluice/protocol";
import { DatabaseError } from "pg";

/** What a SQLSTATE, or its class of two characters, means for the run, and what a person should do. */
const reactions: Record<string, [FailureType, string]> = {
  "08": ["transient", "the connection was lost; run it again"],
  "28": ["auth", "the database refused the role or its password; check user and password"],
  "3D": ["config", "the database does not exist; create it or correct its name"],
  "3F": ["config", "the schema does not exist; create it or correct its name"],
  "40": ["transient", "another transaction was in the way; run it again"],
  "42501": ["permission", "the role lacks a permission; grant it"],
  "53100": ["system", "the database's disk is full; make room"],
  "53300": ["transient", "the database has no connection left; run it again later, or lower parallel"],
  "53": ["transient", "the database is out of resources; run it again later"],
  "55P03": ["transient", "a lock was not to be had; run it again"],
  "57014": ["transient", "a statement took longer than statement_timeout_ms; raise it or run it again"],
  "57": ["transient", "the database is shutting down or starting; run it again"],
  "25006": ["config", "the database is read-only; connect to the primary"],
  "22": ["data", "a value does not fit its column"],
  "23": ["data", "a row breaks a constraint of the table"],
  "54": ["data", "a limit of Postgres was exceeded"],
};

const networkCodes = [
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ENOENT",
];

/** Yields a typed error for whatever the database or the way to it said while `doing`; row values are left out. */
export function databaseError(error: unknown, doing: string): SluiceError {
  if (error instanceof SluiceError) return error;
  if (error instanceof DatabaseError) {
    const code = error.code ?? "";
    const [type, advice] = reactions[code] ??
      reactions[code.slice(0, 2)] ?? ["system", "see the message of the database"];
    // the messages of data errors quote the value
    const said = type === "data" ? "" : `: ${error.message}`;
    return new SluiceError(type, `Failed while ${doing}: ${advice}${said} (SQLSTATE ${code}).`, { cause: error });
  }
  const reason = networkReason(error);
  if (reason !== undefined) {
    return new SluiceError(
      "transient",
      `Failed while ${doing}: the database cannot be reached (${reason}); check host, port and that it is running.`,
      { cause: error },
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  if (/SSL|TLS|certificate/i.test(message)) {
    return new SluiceError(
      "config",
      `Failed while ${doing}: the encrypted connection was not made (${message}); check sslmode in connection_string.`,
      { cause: error },
    );
  }
  return new SluiceError("transient", `Failed while ${doing}: ${message}.`, { cause: error });
}

/** Tells whether one row's values are to blame, so that the others can still be stored. */
export function isDataError(error: unknown): error is DatabaseError {
  if (!(error instanceof DatabaseError) || error.code === undefined) return false;
  return reactions[error.code.slice(0, 2)]?.[0] === "data";
}

function networkReason(error: unknown): string | undefined {
  if (error instanceof AggregateError) return networkReason(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string" && networkCodes.includes(error.code)) return error.code;
  if (/timeout|terminated unexpectedly|Connection ended/i.test(error.message)) return error.message;
  return undefined;
}
