import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import getPort from "get-port";
import { Redis } from "ioredis";
import { bringDebianPackage, librariesIn } from "./debian-package.ts";

/** A Redis that answers at `url`; `stop` ends it, if it was started here. */
export type RedisServer = AsyncDisposable & { url: string; stop(): Promise<void> };

type RedisProgram = { command: string; env: Record<string, string> };
/** Ways to a Redis, in the order in which they are tried; each resolves to undefined where it does not exist. */
type Way = (options: RedisOptions) => Promise<RedisServer | undefined>;
export type RedisOptions = {
  /** The folder for what is brought along. */
  toolsFolder: string;
  /** Where it is to listen; any free port by default. */
  port?: number;
  onProgress?: (message: string) => void;
};

const START_TIMEOUT_MS = 15_000;
const IMAGE = "redis:7-alpine";
const REDIS_PORT = 6379;
// Ends the program when its own standard input ends, which it does however this process dies.
const SUPERVISOR = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _ <&3; kill "$server"; } &
watcher=$!
wait "$server"
status=$?
kill "$watcher"
exit "$status"
`;

/**
 * Resolves to the Redis of REDIS_URL, else to one that is started: redis-server on PATH, the one of Debian's packages,
 * which are unpacked into `toolsFolder`, or a container. It keeps nothing on disk and ends with this process. Throws what
 * names these choices.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined && given !== "" && options.port === undefined) return attach(given);
  const reasons: string[] = [];
  for (const way of [fromPath, fromDebian, fromContainer] satisfies Way[]) {
    try {
      return await way(options);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `No Redis could be had: set REDIS_URL to one of yours, put redis-server on PATH, or use a system with apt-get or Docker (${reasons.join("; ")}).`,
  );
}

async function attach(url: string): Promise<RedisServer> {
  await untilReady(url).catch((cause: unknown) => {
    throw new Error("The Redis of REDIS_URL does not answer; start it, or unset REDIS_URL to have one started.", {
      cause,
    });
  });
  return serverAt(url, async () => {});
}

async function fromPath(options: RedisOptions): Promise<RedisServer> {
  return spawned({ command: "redis-server", env: {} }, options);
}

async function fromDebian(options: RedisOptions): Promise<RedisServer> {
  const home = await bringDebianPackage("redis-server", options);
  const command = join(home, "usr", "bin", "redis-server");
  return spawned({ command, env: { LD_LIBRARY_PATH: librariesIn(home) } }, options);
}

async function fromContainer({ port, onProgress = () => {} }: RedisOptions): Promise<RedisServer> {
  onProgress(`Starting ${IMAGE}…`);
  // loaded only where nothing else is there
  const { GenericContainer } = await import("testcontainers");
  const exposed = port === undefined ? REDIS_PORT : { container: REDIS_PORT, host: port };
  const container = await new GenericContainer(IMAGE).withExposedPorts(exposed).start();
  const url = `redis://${container.getHost()}:${container.getMappedPort(REDIS_PORT)}`;
  return serverAt(url, async () => void (await container.stop()));
}

async function spawned({ command, env }: RedisProgram, { port }: RedisOptions): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-redis-"));
  const listenAt = port ?? (await getPort({ host: "127.0.0.1" }));
  const settings = { bind: "127.0.0.1", port: String(listenAt), save: "", appendonly: "no", dir: folder };
  const settingArgs = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = execa("/bin/sh", ["-c", SUPERVISOR, "supervisor", command, ...settingArgs], {
    env,
    // Ctrl-C is for this process, which then stops it in order
    detached: true,
    reject: false,
    buffer: false,
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
  });
  const stop = async () => {
    child.stdin.destroy();
    await child;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `redis://127.0.0.1:${listenAt}`;
  const ended = new AbortController();
  void child.then(({ exitCode }) => ended.abort(new Error(`it ended with exit code ${exitCode}`)));
  try {
    await untilReady(url, ended.signal);
  } catch (cause) {
    await stop();
    throw new Error(`${command}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return serverAt(url, stop);
}

/** Resolves once it answers; rejects when that takes long, or with the reason of the signal. */
async function untilReady(url: string, signal?: AbortSignal): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
  // told by the signals
  client.on("error", () => {});
  const ends = AbortSignal.any([AbortSignal.timeout(START_TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  try {
    await Promise.race([client.ping(), once(ends, "abort").then(() => Promise.reject(ends.reason as Error))]);
  } finally {
    client.disconnect();
  }
}

function serverAt(url: string, stop: () => Promise<void>): RedisServer {
  return { url, stop, [Symbol.asyncDispose]: stop };
}
