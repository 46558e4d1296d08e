import { messageSchemas, type Payload } from "@sluice/protocol";
import { execa } from "execa";
import { listExecutables, type Executable } from "./search.ts";

const SPEC_TIMEOUT_MS = 15_000;
const MAX_SPEC_BYTES = 4 * 1024 * 1024;

/** A connector that was found: its spec, or in one sentence why it has none. */
export type FoundConnector = Executable & ({ spec: Payload<"spec"> } | { problem: string });

/** Resolves to the sources and destinations that can be run from here, each asked for its `spec`. */
export async function listConnectors(): Promise<FoundConnector[]> {
  const executables = await listExecutables(/^(source|destination)-[a-z0-9-]+$/);
  return Promise.all(executables.map(async (executable) => ({ ...executable, ...(await askSpec(executable)) })));
}

async function askSpec({ name, path }: Executable): Promise<{ spec: Payload<"spec"> } | { problem: string }> {
  const { stdout, exitCode, timedOut } = await execa(path, ["spec"], {
    reject: false,
    stdin: "ignore",
    timeout: SPEC_TIMEOUT_MS,
    maxBuffer: MAX_SPEC_BYTES,
    killDescendants: true,
  });
  if (timedOut) return { problem: `"${name} spec" did not answer within ${SPEC_TIMEOUT_MS / 1000} s.` };
  if (exitCode !== 0) return { problem: `"${name} spec" failed with exit code ${exitCode}.` };
  try {
    const message = messageSchemas.spec.parse(JSON.parse(stdout));
    if (message.type === "spec") return { spec: message.spec };
  } catch {
    // said below: whatever it printed was no spec
  }
  return { problem: `"${name} spec" did not print a spec message.` };
}
