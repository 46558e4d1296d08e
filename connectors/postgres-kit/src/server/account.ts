import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The user and group that the server runs as. */
export interface Account {
  uid: number;
  gid: number;
}

// Postgres looks its user up and refuses to run as root; nobody has an entry in passwd on every Linux.
const NOBODY: Account = { uid: 65_534, gid: 65_534 };

/** Yields the account to run Postgres as: nobody when we are root, else `undefined`, which means our own. */
export function serverAccount(): Account | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** Makes `account` the owner of `path` and all below it; does nothing for our own account. */
export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account !== undefined) await run("chown", ["-R", `${account.uid}:${account.gid}`, path]);
}
