import { ExitCode } from "@sluice/protocol";

/** Yields the exit code of whoever was stopped by a signal, by its reason; undefined while it was not. */
export function stopCode(signal: AbortSignal | undefined): ExitCode | undefined {
  if (signal?.aborted !== true) return undefined;
  if (signal.reason === "timeout") return ExitCode.timeout;
  return signal.reason === "SIGINT" ? ExitCode.sigint : ExitCode.sigterm;
}
