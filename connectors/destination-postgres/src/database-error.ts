import { SluiceError, type FailureType } from "@sluice/protocol";
import { DatabaseError } from "pg";

/** What a SQLSTATE, or its class of two characters, means for the run, and what a person should do. */
const reactions: Record<string, [FailureType, string]> = {
  "0A000": [
    "config",
    "the database does not do that, perhaps because of a view, trigger or policy on the table; remove it and make it anew behind the next run",
  ],
  "08": ["transient", "the connection was lost; run it again"],
  "22": ["data", "a value does not fit its column"],
  "23": ["data", "a row breaks a constraint of the table"],
  "25006": ["config", "the database is read-only; connect to the primary"],
  "28": ["auth", "the database refused the role or its password; check user and password"],
  "2BP01": ["config", "something else depends on what is to be removed; remove that first"],
  "3D": ["config", "the database does not exist; create it or correct its name"],
  "3F": ["config", "the schema does not exist; create it or correct its name"],
  "40": ["transient", "another transaction was in the way; run it again"],
  "42P01": ["config", "a table is not there any more; run it again, and it is made anew"],
  "42703": ["config", "a column is not there any more; run it again, and it is made anew"],
  "42501": ["permission", "the role lacks a permission; grant it"],
  "53": ["transient", "the database is out of resources; run it again later"],
  "53100": ["system", "the database's disk is full; make room"],
  "53300": ["transient", "the database has no connection left; run it again later, or lower parallel"],
  "54": ["data", "a limit of Postgres was exceeded"],
  "55006": ["transient", "something is in use by another session; run it again"],
  "55P03": ["transient", "a lock was not to be had; run it again"],
  "57": ["transient", "the database is shutting down or starting; run it again"],
  "57014": [
    "transient",
    "a statement took longer than statement_timeout_ms, or was cancelled; raise it or run it again",
  ],
  "58": ["system", "the database server has trouble with its files; see its log"],
};

/** Why a row was refused, in words of ours: the server's own quote the value, and speak its language. */
const refusals: Record<string, string> = {
  "22001": "a text is too long for its column",
  "22003": "a number is too large for its column",
  "22007": "a text is not a date and time",
  "22008": "a date and time is out of range",
  "22021": "a text holds a character that Postgres cannot store",
  "22023": "a value is out of range",
  "22P02": "a value is not of its column's type",
  "22P05": "a text holds \\u0000, which Postgres cannot store",
  "23502": "a column that must not be null has no value",
  "23503": "a foreign key refers to no row",
  "23505": "a unique constraint of the table is broken",
  "23514": "a check constraint of the table is broken",
  "54000": "the row is larger than Postgres allows",
};

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ENOENT",
]);

/** What passes by itself: deadlocks and serialization, restarts, a server that is full or still starting. */
const retryable = /^(08|40|57P0|53300|55006|55P03)/;

/** Yields a typed error for whatever the database or the way to it said while `doing`; row values are left out. */
export function databaseError(error: unknown, doing: string): SluiceError {
  if (error instanceof SluiceError) return error;
  if (error instanceof DatabaseError) {
    const code = error.code ?? "";
    const [type, advice] = accessAdvice(error) ?? reactionTo(code) ?? ["system", "see the message of the database"];
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
  const tls = tlsAdvice(error, message);
  if (tls !== undefined) {
    return new SluiceError(
      "config",
      `Failed while ${doing}: the encrypted connection was not made; ${tls} (${message}).`,
      {
        cause: error,
      },
    );
  }
  if (/client password must be/.test(message))
    return new SluiceError(
      "auth",
      `Failed while ${doing}: the database asks for a password, and there is none; give one.`,
      {
        cause: error,
      },
    );
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
  return new SluiceError("transient", `Failed while ${doing}: ${message}.`, { cause: error });
}

/** Tells whether one row's values are to blame, so that the others can still be stored. */
export function isDataError(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && reactionTo(error.code ?? "")?.[0] === "data";
}

/** Yields why the database refused a row, without a value of it. */
export function refusalOf({ code = "" }: DatabaseError): string {
  return `${refusals[code] ?? reactionTo(code)?.[1] ?? "Postgres refused it"} (SQLSTATE ${code})`;
}

/** Tells whether the same transaction may succeed when it is tried again. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof SluiceError) return error.cause !== undefined && isRetryable(error.cause);
  if (error instanceof DatabaseError) return retryable.test(error.code ?? "");
  return networkReason(error) !== undefined;
}

/** What the failures of Node's TLS mean here: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tlsAdvices: Record<string, string> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is of another host: correct the host, or use ssl mode verify-ca if you trust its authority",
  CERT_HAS_EXPIRED: "the server's certificate has expired: renew it there",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that is not trusted: put that authority into ssl.ca",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself: put that certificate into ssl.ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is of an authority that is not trusted: put that authority into ssl.ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate is of an authority that is not trusted: put that authority into ssl.ca",
};

function tlsAdvice(error: unknown, message: string): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = tlsAdvices[code];
  if (known !== undefined) return known;
  if (/does not support SSL/i.test(message))
    return "the server offers none: turn ssl on there, or use ssl mode disable where the network is trusted";
  return /SSL|TLS|certificate|PEM/i.test(message) ? "check ssl, or sslmode in connection_string" : undefined;
}

/** pg_hba.conf may refuse a connection for the way it comes. */
function accessAdvice({ code, message }: DatabaseError): [FailureType, string] | undefined {
  if (code !== "28000" || !/no encryption|SSL off/.test(message)) return undefined;
  return ["config", "the server wants an encrypted connection; set ssl to verify-full, or to require at least"];
}

function reactionTo(code: string): [FailureType, string] | undefined {
  return reactions[code] ?? reactions[code.slice(0, 2)];
}

function networkReason(error: unknown): string | undefined {
  if (error instanceof AggregateError) return networkReason(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string" && networkCodes.has(error.code)) return error.code;
  if (/timeout|terminated|Connection ended|not queryable|socket disconnected/i.test(error.message))
    return error.message;
  return undefined;
}
