import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

test.each(["SIGINT", "SIGTERM"] as const)(
  "npm run services prints where Postgres and Redis answer and nothing else, and ends in order on %s",
  async (signal) => {
    const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env;
    // A group of its own, which gets the signal as a whole, as from a terminal.
    const child = spawn("npm", ["run", "--silent", "services"], {
      cwd: root,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = text(child.stdout);
    await once(child.stdout, "readable");
    process.kill(-(child.pid ?? 0), signal);
    await once(child, "exit");
    expect(await output).toMatch(
      /^DATABASE_URL=postgresql:\/\/postgres:[\w-]+@127\.0\.0\.1:\d+\/postgres\nREDIS_URL=redis:\/\/127\.0\.0\.1:\d+\n$/,
    );
  },
);

test("services ends with exit code 0 on SIGTERM", async () => {
  const child = spawn("sh", ["scripts/with-node", "node", "--conditions=@sluice/source", "scripts/services.ts"], {
    cwd: root,
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
