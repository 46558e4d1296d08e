import { ExitCode, SluiceError, exitCodeOf, type Message } from "@sluice/protocol";
import { readLines } from "@sluice/protocol/stdio";
import type { Invocation, Side } from "@sluice/runner";

const TIME_LIMIT_MS = 10 * 60_000;

export type VerbCall = Invocation & {
  signal: AbortSignal;
  /** Resolves once the connector's new configuration would survive a crash; it goes on only then. */
  onControl(config: Record<string, unknown>): Promise<void>;
};

/**
 * Resolves to what a connector says that it did by `setup` or `teardown`, a sentence or a statement each; to undefined when
 * it has no such verb. Throws what it reported.
 */
export async function callVerb(
  side: Side,
  { signal, onControl, ...invocation }: VerbCall,
): Promise<string[] | undefined> {
  const running = await side.start(invocation);
  const over = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  const end = () => running.kill("SIGKILL");
  over.addEventListener("abort", end);
  if (over.aborted) end();
  try {
    running.stdin.on("error", () => {}).end();
    const done: string[] = [];
    let reported: Extract<Message, { type: "error" }>["error"] | undefined;
    for await (const lines of readLines(running.stdout)) {
      for (const line of lines) {
        if (line.kind === "text") done.push(side.mask(line.bytes.toString()));
        if (line.kind !== "message") continue;
        const { message } = line;
        if (message.type === "control") await onControl(message.control.config);
        if (message.type === "log" && message.log.level === "info") done.push(side.mask(message.log.message));
        if (message.type === "error") reported ??= message.error;
      }
    }
    const { exitCode, startFailure } = await running.ended;
    if (reported !== undefined) throw new SluiceError(reported.failure_type, side.mask(reported.message));
    if (over.aborted) throw new SluiceError("transient", `"${side.name} ${invocation.verb.join(" ")}" was stopped.`);
    if (startFailure !== undefined) throw new SluiceError("config", `${side.name} did not start: ${startFailure}`);
    if (exitCode === ExitCode.usage) return undefined;
    if (exitCode !== ExitCode.ok) throw failureOf(side, { exitCode, stderr: running.stderrTail() });
    return done;
  } finally {
    over.removeEventListener("abort", end);
    running.kill("SIGKILL");
    await running.releaseFiles();
  }
}

function failureOf(side: Side, { exitCode, stderr }: { exitCode: number | undefined; stderr: string }): SluiceError {
  const types = ["config", "auth", "transient", "protocol", "data"] as const;
  const type = types.find((each) => exitCodeOf(each) === exitCode) ?? "system";
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return new SluiceError(type, last === "" ? `${side.name} ended with exit code ${exitCode ?? "none"}.` : last);
}
