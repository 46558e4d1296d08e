import { randomBytes } from "node:crypto";

/** Yields an id that nobody can guess, with what it is of in front: `conn_…`, `pipe_…`, `run_…`. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString("base64url")}`;
}
