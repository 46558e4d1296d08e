import { ExitCode, SluiceError, type Message } from "@sluice/protocol";
import { readLines } from "@sluice/protocol/stdio";
import { sideFailure, type Invocation, type Side } from "@sluice/runner";

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
    const ended = await running.ended;
    if (reported !== undefined) throw new SluiceError(reported.failure_type, side.mask(reported.message));
    if (over.aborted) throw new SluiceError("transient", `"${side.name} ${invocation.verb.join(" ")}" was stopped.`);
    if (ended.exitCode === ExitCode.usage) return undefined;
    if (ended.exitCode !== ExitCode.ok) throw sideFailure(side, running.stderrTail(), ended);
    return done;
  } finally {
    over.removeEventListener("abort", end);
    running.kill("SIGKILL");
    await running.releaseFiles();
  }
}
