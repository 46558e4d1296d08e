import { errorCode } from "@sluice/protocol";

/**
 * What Node says of a server that cannot be reached or has gone, and what Postgres says of trouble that passes: SQLSTATE
 * classes 08 (the connection), 40 (to be tried again), 53 (no room) and 57P (it stops or starts), 57014 (a statement that
 * took too long), 55P03 (a lock) and 25006 (a standby, while another takes over).
 * Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const PASSING =
  /^(ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|E(HOST|NET)(DOWN|UNREACH)|08...|40...|53...|57P..|57014|55P03|25006)$/;
/** What pg says without a code. */
const CUT =
  /Connection terminated|timeout exceeded when trying to connect|connection error and is not queryable|Client was closed/;

/** Tells whether an error of pg means that the database is away, or cannot do it for now, and will do it later. */
export function isAway(error: Error): boolean {
  return PASSING.test(errorCode(error) ?? "") || CUT.test(error.message);
}
