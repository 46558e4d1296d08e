import { parseArgs } from "node:util";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { parseFault, type ProxyFault } from "./fault.ts";
import { startProxy } from "./start.ts";

const NEVER_FIRED = 90;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const HOUR_MS = 3_600_000;

const USAGE = `Usage: postgres-proxy [--at PLACE --when MOMENT --do ACTION]

Passes connections on to the Postgres of DATABASE_URL, and prints the DATABASE_URL that leads through it. Told to end, it
prints how many messages went through, and exits ${NEVER_FIRED} when its fault never struck.

  --at     client:N, server:N (the Nth message of that side), commit:N
  --when   before, midway, after; after a commit the server has done it, and the client does not hear of it
  --do     reset, stall:MS, blackhole
`;

/** Runs the `postgres-proxy` command until it is interrupted or terminated, and sets the exit code. */
export async function runProxy(): Promise<void> {
  try {
    await serve(parseCommandLine());
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    process.stderr.write(`postgres-proxy: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

function parseCommandLine(): ProxyFault | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ strict: false, options: { at: text, when: text, do: text } });
  const { at, when, do: does } = values;
  if (Object.keys(values).length === 0) return undefined;
  const fault = parseFault(String(at), String(when), String(does));
  if (fault === undefined || Object.keys(values).length > 3) {
    throw new SluiceError("config", `Give all of --at, --when and --do, or none.\n\n${USAGE}`, {
      exitCode: ExitCode.usage,
    });
  }
  return fault;
}

async function serve(fault: ProxyFault | undefined): Promise<void> {
  const target = process.env["DATABASE_URL"];
  if (target === undefined || target === "") {
    throw new SluiceError("config", "DATABASE_URL is not set; set it to the Postgres to pass connections on to.");
  }
  const told = Promise.withResolvers<void>();
  for (const signal of SIGNALS) process.once(signal, () => told.resolve());
  // waiting for a signal alone does not keep Node running
  const waiting = setInterval(() => {}, HOUR_MS);
  await using proxy = await startProxy(target, fault);
  process.stdout.write(`DATABASE_URL=${proxy.url}\n`);
  await told.promise;
  clearInterval(waiting);
  process.stdout.write(`${JSON.stringify(proxy.counts)}\n`);
  if (fault === undefined || proxy.fired) return;
  process.stderr.write("postgres-proxy: the fault never struck.\n");
  process.exitCode = NEVER_FIRED;
}
