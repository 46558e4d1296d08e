import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { SluiceError } from "@sluice/protocol";

/** A Postgres that outlives this process, and the process that ends it when it is killed. */
export type KeptPostgres = { url: string; pid: number };

/** Starts a Postgres in a process of its own; resolves once it accepts connections. */
export async function startKeptPostgres(): Promise<KeptPostgres> {
  const host = join(import.meta.dirname, `kept-postgres-host${extname(import.meta.filename)}`);
  const child = spawn(process.execPath, [...process.execArgv, host], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit").then(() => []);
  const [chunk] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer?];
  const url = chunk?.toString().trim();
  if (url === undefined || child.pid === undefined) {
    throw new SluiceError("system", `Postgres did not start: ${await text(child.stderr)}`);
  }
  // whoever reads this process's output must not have to wait for the server's end
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  return { url, pid: child.pid };
}
