import {
  Queue,
  Worker,
  createPostgresBackend,
  withBackend,
  type Processor,
  type QueueOptions,
  type WorkerOptions,
} from "bullmq";

/** Where the queue is: in the Postgres of the store, or in a Redis. */
export type QueuePlace = {
  kind: "postgres" | "redis";
  url: string;
  /** The schema of the queue in Postgres, the prefix of its keys in Redis. */
  namespace: string;
};

/** A job holds nothing but the run's id: what it needs is in the store, and what is secret never leaves it. */
export type RunJob = { run_id: string };

const Postgres = withBackend(createPostgresBackend);
const NAMESPACE = "sluice_queue";
const NAME = "runs";
const MAX_CONNECTIONS = 4;
const RECONNECT_MS = 1000;

/** Yields the place of the queue: the Redis of REDIS_URL, or else the Postgres of the store. */
export function queuePlace(databaseUrl: string, env: NodeJS.ProcessEnv = process.env): QueuePlace {
  const redis = env["REDIS_URL"] ?? "";
  return redis === ""
    ? { kind: "postgres", url: databaseUrl, namespace: NAMESPACE }
    : { kind: "redis", url: redis, namespace: NAMESPACE };
}

/** Yields the queue of runs. */
export function newQueue(place: QueuePlace, options: Omit<QueueOptions, "connection" | "prefix">) {
  return place.kind === "redis"
    ? new Queue<RunJob>(NAME, { ...options, connection: redisConnection(place), prefix: place.namespace })
    : new Postgres.Queue<RunJob>(NAME, { ...options, connection: postgresConnection(place) });
}

/** Yields a worker of that queue; it begins at once. */
export function newWorker(
  place: QueuePlace,
  process: Processor<RunJob>,
  options: Omit<WorkerOptions, "connection" | "prefix">,
) {
  return place.kind === "redis"
    ? new Worker<RunJob>(NAME, process, { ...options, connection: redisConnection(place), prefix: place.namespace })
    : new Postgres.Worker<RunJob>(NAME, process, { ...options, connection: postgresConnection(place) });
}

function postgresConnection({ url: connectionString, namespace: schema }: QueuePlace) {
  return {
    connectionString,
    schema,
    application_name: "sluice queue",
    keepAlive: true,
    // the kernel's own delay is two hours
    keepAliveInitialDelayMillis: 10_000,
    max: MAX_CONNECTIONS,
  };
}

function redisConnection({ url }: QueuePlace) {
  return { url, retryStrategy: () => RECONNECT_MS };
}
