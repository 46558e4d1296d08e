import { ExitCode } from "../failure.ts";

export type StopSignal = {
  signal: AbortSignal;
  /** The exit code that stands for the signal that came; undefined while none did. */
  exitCode(): ExitCode | undefined;
  [Symbol.dispose](): void;
};

/** Yields a signal that aborts on the first SIGTERM or SIGINT; the second one ends the process at once. */
export function stopOnSignals(): StopSignal {
  const controller = new AbortController();
  let code: ExitCode | undefined;
  const stop = (name: NodeJS.Signals) => {
    remove();
    code = name === "SIGINT" ? ExitCode.sigint : ExitCode.sigterm;
    controller.abort();
  };
  // without a listener the default action is back, which ends the process
  const remove = () => {
    process.off("SIGTERM", stop);
    process.off("SIGINT", stop);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  return { signal: controller.signal, exitCode: () => code, [Symbol.dispose]: remove };
}
