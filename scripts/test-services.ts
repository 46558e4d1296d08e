import { join } from "node:path";
import { startPostgres } from "@sluice/postgres-kit/server";
import { findChromium, startRedis } from "@sluice/services";

/**
 * Starts what tests need once a run: they find it in `DATABASE_URL` and `REDIS_URL`, and a browser in `CHROMIUM_PATH`. Each
 * may also be set from outside.
 */
export async function setup(): Promise<() => Promise<void>> {
  const toolsFolder = join(import.meta.dirname, "..", ".tools");
  const [postgres, redis, chromium] = await Promise.all([
    startPostgres(),
    startRedis({ toolsFolder }),
    findChromium({ toolsFolder }),
  ]);
  process.env["DATABASE_URL"] = postgres.url;
  process.env["REDIS_URL"] = redis.url;
  process.env["CHROMIUM_PATH"] = chromium;
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
