import { join } from "node:path";
import { reservePort, startRedis } from "@sluice/services";
import { expect, onTestFinished, test } from "vitest";
import { QueueWorker, type Outcome } from "./queue-worker.ts";
import { RunQueue } from "./run-queue.ts";

const TOOLS = join(import.meta.dirname, "..", "..", "..", ".tools");

test("a worker that has a run ends although its queue has gone", async () => {
  const redis = await startRedis({ toolsFolder: TOOLS, port: await reservePort() });
  onTestFinished(() => redis.stop());
  const place = { kind: "redis", url: redis.url, namespace: "test" } as const;
  const queue = await RunQueue.open(place);
  const begun = Promise.withResolvers<string>();
  const over = Promise.withResolvers<Outcome>();
  const work = (runId: string) => {
    begun.resolve(runId);
    return over.promise;
  };
  const worker = new QueueWorker({ place, concurrency: 1, work, onError: () => {} });
  await queue.add({ id: "run_1", priority: 1 });
  expect(await begun.promise).toBe("run_1");
  await redis.stop();
  const closed = worker.close();
  over.resolve({ againInMs: 0 });
  await closed;
  await queue[Symbol.asyncDispose]();
});
