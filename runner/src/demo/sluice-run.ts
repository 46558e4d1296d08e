import { SluiceError } from "@sluice/protocol";
import { execa } from "execa";
import split2 from "split2";

/** The pipeline file of the demo: what the two programs need to know stays in the environment. */
export const PIPELINE_FILE = `pipelines:
  stripe:
    source:
      connector: source-stripe
    destination:
      connector: destination-postgres
`;

export type SluiceRunOptions = {
  folder: string;
  env: Record<string, string>;
  signal: AbortSignal;
  /** Gets each line that it prints. */
  say(line: string): void;
};

/** Runs `sluice run` in a folder; throws `system` when it does not end with exit code 0. */
export async function runSluice({ folder, env, signal, say }: SluiceRunOptions): Promise<void> {
  const run = execa("sluice", ["run"], {
    cwd: folder,
    env,
    buffer: false,
    stdin: "ignore",
    stderr: "inherit",
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 5000,
    killDescendants: true,
  });
  for await (const line of run.stdout.pipe(split2()) as AsyncIterable<string>) say(line);
  const { exitCode, shortMessage } = await run;
  signal.throwIfAborted();
  if (exitCode !== 0) throw new SluiceError("system", `"sluice run" failed; see above what it said (${shortMessage}).`);
}
