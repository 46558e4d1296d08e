import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import getPort from "get-port";
import { PostgresKitError } from "../errors.ts";
import type { Account } from "./account.ts";
import { supervise, type SupervisedProcess } from "./supervisor.ts";

const READY = "database system is ready to accept connections";
const POLL_MS = 20;
const LOG_BYTES = 65_536;

// initdb works beside and moves into place, so that a data folder that exists is whole.
const INITIALIZE_AND_SERVE = `
native=$1 home=$2 sync=$3
shift 3
if ! [ -d "$home/data" ]; then
  rm -rf "$home/data.new"
  # a locale that does not depend on the machine, and a way to sync, came with 17
  case "$("$native/bin/postgres" --version) $sync" in
    *" 1"[3-6].*--no-sync) options=--no-sync ;;
    *" 1"[3-6].*) options= ;;
    *) options="--locale-provider=builtin --builtin-locale=C.UTF-8 --no-instructions $sync" ;;
  esac
  "$native/bin/initdb" --pgdata="$home/data.new" --username=postgres --pwfile="$home/password" --auth=scram-sha-256 \\
    --encoding=UTF8 --locale=C $options || exit
  mv "$home/data.new" "$home/data" || exit
fi
exec "$native/bin/postgres" -D "$home/data" "$@"
`;

/** Where a cluster lives: `home` holds data and password, `privateDir` is removed when the server has ended. */
export interface ClusterPlace {
  home: string;
  privateDir: string;
  native: string;
  account: Account | undefined;
  /** Settings of the server beside ours. */
  settings: Readonly<Record<string, string>>;
}

/** A server that accepts connections on `port` of 127.0.0.1. */
export interface RunningCluster extends SupervisedProcess {
  port: number;
}

/**
 * Resolves when the cluster in `home`, made if there is none, accepts connections.
 * Throws `server_busy` when trying again may help (port taken, a predecessor about to end), else `server_failed`.
 */
export async function serve(place: ClusterPlace, durable: boolean): Promise<RunningCluster> {
  const port = await getPort({ host: "127.0.0.1" });
  const log = await open(join(place.privateDir, "log"), "a+");
  try {
    const server = supervise({
      command: commandOf(place, port, durable),
      folder: place.privateDir,
      // What is thrown away needs no orderly shutdown.
      signal: place.home === place.privateDir ? "QUIT" : "INT",
      account: place.account,
      log,
    });
    await untilReady(server, log);
    return { ...server, port };
  } finally {
    await log.close();
  }
}

function commandOf({ native, home, settings: more }: ClusterPlace, port: number, durable: boolean): string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    // synchronous_commit stays on: what was committed survives a kill of the server, as tests of it expect.
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
    ...more,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const sync = durable ? "--sync-method=fsync" : "--no-sync";
  return ["/bin/sh", "-c", INITIALIZE_AND_SERVE, "postgres", native, home, sync, ...flags];
}

async function untilReady(server: SupervisedProcess, log: FileHandle): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  server.exited.then(end, end);
  for (;;) {
    // Looked at before the log, or the last words of a server that ends in between would be missed.
    const over = ended;
    const { buffer, bytesRead } = await log.read(Buffer.alloc(LOG_BYTES), 0, LOG_BYTES, 0);
    const text = buffer.toString("utf8", 0, bytesRead);
    if (text.includes(READY)) return;
    if (over) throw failureOf(text);
    await sleep(POLL_MS);
  }
}

function failureOf(log: string): PostgresKitError {
  const busy = /could not bind|lock file ".*" already exists/.test(log);
  const lastLines = log.trim().split("\n").slice(-4).join("\n");
  return new PostgresKitError(
    busy ? "server_busy" : "server_failed",
    `Postgres did not start; see what it says and try again, or set DATABASE_URL to a Postgres of yours:\n${lastLines}`,
  );
}
