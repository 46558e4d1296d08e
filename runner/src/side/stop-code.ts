import { ExitCode } from "@sluice/protocol";

/** Yields the exit code of whoever was stopped by a signal, by its reason; undefined while it was not. */
export function stopCode(signal: AbortSignal | undefined): ExitCode | undefined {
  if (signal?.aborted !== true) return undefined;
  const { reason } = signal as { reason: unknown };
  // that of AbortSignal.timeout is an error of this name
  if (reason === "timeout" || (reason instanceof Error && reason.name === "TimeoutError")) return ExitCode.timeout;
  return reason === "SIGINT" ? ExitCode.sigint : ExitCode.sigterm;
}
