import { messageSchemas, type Payload } from "@sluice/protocol";
import { execa } from "execa";
import { connectorEnvironment } from "../side/environment.ts";
import { listExecutables, type Executable } from "./search.ts";

const SPEC_TIMEOUT_MS = 15_000;
const MAX_SPEC_BYTES = 4 * 1024 * 1024;

/** What a program says of itself; or in one sentence why it says nothing, and whether another try may help. */
export type SpecAnswer = { spec: Payload<"spec"> } | { problem: string; isPassing?: boolean };
/** A connector that was found. */
export type FoundConnector = Executable & SpecAnswer;

/** Resolves to the sources and destinations that can be run from here, each asked for its `spec`. */
export async function listConnectors(): Promise<FoundConnector[]> {
  const executables = await connectorExecutables();
  return Promise.all(executables.map(async (executable) => ({ ...executable, ...(await askFound(executable)) })));
}

/** Resolves to the programs that are called as sources and destinations are, in these folders or where programs are looked for. */
export async function connectorExecutables(folders?: readonly string[]): Promise<Executable[]> {
  return listExecutables(/^(source|destination)-[a-z0-9-]+$/, folders);
}

/** Resolves to the spec of a program that was found. Whatever is on PATH is asked, so it is told nothing that is meant for one. */
export async function askFound(executable: Executable): Promise<SpecAnswer> {
  return askSpec(executable, { env: connectorEnvironment({ env: process.env }) });
}

/** Resolves to the spec of a program, or to why there is none and what to do. */
export async function askSpec(
  { name, path }: Executable,
  { env, args = [] }: { env: Record<string, string>; args?: readonly string[] },
): Promise<SpecAnswer> {
  const { stdout, stderr, exitCode, signal, timedOut, code } = await execa(path, [...args, "spec"], {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: SPEC_TIMEOUT_MS,
    maxBuffer: MAX_SPEC_BYTES,
    killDescendants: true,
  });
  if (timedOut)
    return { problem: `"${name} spec" did not answer within ${SPEC_TIMEOUT_MS / 1000} s.`, isPassing: true };
  if (code === "ENOENT") return { problem: `${path} does not exist; correct the connector's command.` };
  if (code === "EACCES") return { problem: `${path} is not executable; run "chmod +x" on it, or correct the command.` };
  if (signal !== undefined) return { problem: `"${name} spec" was killed by ${signal}.`, isPassing: true };
  if (exitCode === undefined) return { problem: `"${name} spec" did not run (${code ?? "unknown reason"}).` };
  if (exitCode !== 0) {
    const said = stderr.trim().split("\n").at(-1) ?? "";
    return {
      problem: `"${name} spec" failed with exit code ${exitCode}${said === "" ? "" : `: ${said.slice(0, 300)}`}.`,
    };
  }
  try {
    // a foreign program may print more than that
    const line = stdout.split("\n").find((text) => text.includes('"spec"')) ?? "";
    const message = messageSchemas.spec.parse(JSON.parse(line));
    if (message.type === "spec") return { spec: message.spec };
  } catch {
    // said below: whatever it printed was no spec
  }
  return { problem: `"${name} spec" did not print a spec message.` };
}
