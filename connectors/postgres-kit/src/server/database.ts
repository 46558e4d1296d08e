import { randomBytes } from "node:crypto";
import pg from "pg";
import { quoteIdentifier } from "../identifiers.ts";

/** A database for a while; `drop` ends the sessions that are left in it. */
export interface TemporaryDatabase extends AsyncDisposable {
  url: string;
  drop(): Promise<void>;
}

/** Resolves to a new, empty database on the server that `serverUrl` leads to; the user there must be allowed to create one. */
export async function createDatabase(serverUrl: string, prefix = "test"): Promise<TemporaryDatabase> {
  const name = `${prefix}_${randomBytes(8).toString("hex")}`;
  await execute(serverUrl, `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`);
  const drop = () => execute(serverUrl, `DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop, [Symbol.asyncDispose]: drop };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // of a connection that is lost the statement tells, too
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
