import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SluiceError } from "@sluice/protocol";

/** A Postgres that outlives this process, and the process that ends it when it is killed. */
export type KeptPostgres = { url: string; pid: number };

/** Starts a Postgres in a process of its own; resolves once it accepts connections. */
export async function startKeptPostgres(): Promise<KeptPostgres> {
  const host = join(import.meta.dirname, `kept-postgres-host${import.meta.filename.endsWith(".ts") ? ".ts" : ".js"}`);
  const child = spawn(process.execPath, [...process.execArgv, host], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [chunk] = (await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => [])])) as [Buffer?];
  const url = chunk?.toString().trim();
  if (url === undefined || child.pid === undefined)
    throw new SluiceError("system", "Postgres did not start; see above what it said.");
  child.stdout.destroy();
  child.unref();
  return { url, pid: child.pid };
}
