import { randomBytes } from "node:crypto";
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { PostgresKitError } from "../errors.ts";
import { giveTo, serverAccount, type Account } from "./account.ts";
import { findBinaries, type Release } from "./binaries.ts";
import { serve } from "./cluster.ts";

const BUSY_TRIES = 10;
const BUSY_PAUSE_MS = 500;

/** How to start a server; the defaults suit tests. */
export interface StartOptions {
  /** The folder that keeps data and password; without it both live in a private folder that ends with the server. */
  dataDir?: string;
  /** Whether commits survive a crash of the machine (they survive one of the server anyhow). Default: with `dataDir`. */
  durable?: boolean;
  /** Which Postgres; the one that npm brings along by default. */
  release?: Release;
  /** A certificate and its key, both PEM: the server then offers TLS. */
  tls?: { cert: string; key: string };
  onProgress?: (message: string) => void;
}

/** A running Postgres: `url` leads to its database `postgres` as superuser; `stop` resolves when the server is gone. */
export interface PostgresServer extends AsyncDisposable {
  url: string;
  stop(): Promise<void>;
}

/**
 * Resolves to the Postgres of `DATABASE_URL` when that is set (`stop` leaves it running) and nothing is asked of the
 * server itself, else to one started from npm's binaries on a free port of 127.0.0.1, which ends with this process even after a SIGKILL.
 * Throws `server_unreachable`, `binaries_missing`, `server_busy` or `server_failed`.
 */
export async function startPostgres(options: StartOptions = {}): Promise<PostgresServer> {
  const url = process.env["DATABASE_URL"];
  if (url && options.release === undefined && options.tls === undefined) return attach(url);
  for (let tries = 1; ; tries++) {
    try {
      return await start(options);
    } catch (error) {
      const busy = error instanceof PostgresKitError && error.reason === "server_busy";
      if (!busy || tries === BUSY_TRIES) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

async function attach(url: string): Promise<PostgresServer> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (cause) {
    throw new PostgresKitError(
      "server_unreachable",
      `The Postgres of DATABASE_URL does not answer (${cause instanceof Error ? cause.message : String(cause)}); start it, or unset DATABASE_URL to use the one that npm brings.`,
      { cause },
    );
  }
  await client.end();
  const stop = async () => {};
  return { url, stop, [Symbol.asyncDispose]: stop };
}

async function start(options: StartOptions) {
  const { dataDir, durable = dataDir !== undefined, release = "newest", tls, onProgress = () => {} } = options;
  const account = serverAccount();
  const privateDir = await mkdtemp(join(tmpdir(), "sluice-postgres-"));
  try {
    await giveTo(account, privateDir);
    const home = dataDir === undefined ? privateDir : await keptFolder(resolve(dataDir), account);
    const password = await passwordIn(home, account);
    const native = await findBinaries(privateDir, account, release);
    const settings = tls === undefined ? {} : await tlsSettings(privateDir, tls, account);
    onProgress("starting Postgres");
    const server = await serve({ home, privateDir, native, account, settings }, durable);
    const url = `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`;
    const stop = () => server.stop();
    return { url, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await rm(privateDir, { recursive: true, force: true });
    throw error;
  }
}

type Tls = NonNullable<StartOptions["tls"]>;

async function tlsSettings(folder: string, { cert, key }: Tls, account: Account | undefined) {
  const [certFile, keyFile] = [join(folder, "server.crt"), join(folder, "server.key")];
  await writeFile(certFile, cert, { mode: 0o600 });
  await writeFile(keyFile, key, { mode: 0o600 });
  for (const file of [certFile, keyFile]) await giveTo(account, file);
  return { ssl: "on", ssl_cert_file: certFile, ssl_key_file: keyFile };
}

async function keptFolder(folder: string, account: Account | undefined): Promise<string> {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 }).then(
    () => giveTo(account, folder),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  return folder;
}

async function passwordIn(home: string, account: Account | undefined): Promise<string> {
  const path = join(home, "password");
  // base64url needs no escaping in a URL.
  await writeFile(path, randomBytes(18).toString("base64url"), { mode: 0o600, flag: "wx" }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  if (account !== undefined) await chown(path, account.uid, account.gid);
  return await readFile(path, "utf8");
}
