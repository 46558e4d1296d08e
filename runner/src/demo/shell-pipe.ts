import { SluiceError } from "@sluice/protocol";
import { execa } from "execa";

/** What a person would type. */
export const PIPE = "source-stripe read | destination-postgres write";

/** Resolves to the names of the streams that source-stripe offers. */
export async function discoverStreams(env: Record<string, string>): Promise<string[]> {
  const { stdout } = await execa("source-stripe", ["discover"], { env, stdin: "ignore" });
  const { catalog } = JSON.parse(stdout) as { catalog: { streams: { name: string }[] } };
  return catalog.streams.map(({ name }) => name);
}

export type PipeOptions = {
  env: Record<string, string>;
  signal: AbortSignal;
  /** Told of the rows that are committed so far, of all streams, and of the streams that are complete. */
  onProgress(rows: number, completed: number): void;
};

type Echo = {
  type: string;
  stream_status?: { status: string };
  state?: { committed?: Counts };
};
type Counts = Record<string, { received: number }>;

/** Runs the literal shell pipe; throws `system` when it does not end with exit code 0. */
export async function runPipe({ env, signal, onProgress }: PipeOptions): Promise<void> {
  const shell = execa("sh", ["-c", PIPE], {
    env,
    buffer: false,
    stdin: "ignore",
    stderr: "inherit",
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 5000,
    killDescendants: true,
  });
  const rows = new Map<string, number>();
  let completed = 0;
  for await (const line of shell) {
    const echo = JSON.parse(line) as Echo;
    if (echo.stream_status?.status === "complete") completed += 1;
    for (const [stream, { received }] of Object.entries(echo.state?.committed ?? {})) rows.set(stream, received);
    if (rows.size === 0) continue;
    onProgress(
      [...rows.values()].reduce((sum, count) => sum + count, 0),
      completed,
    );
  }
  const { exitCode } = await shell;
  signal.throwIfAborted();
  if (exitCode !== 0)
    throw new SluiceError("system", `"${PIPE}" ended with exit code ${exitCode}; see above what it said.`);
}
