export type StopSignals = Disposable & {
  /** Aborts on the first SIGINT or SIGTERM, or after the time; its reason is the signal's name, or "timeout". */
  signal: AbortSignal;
  /** Aborts on the second. */
  killSignal: AbortSignal;
};

/** Yields signals that stop a run in order and then at once; a third one ends this process as if nobody listened. */
export function stopOnSignals(timeoutMs?: number): StopSignals {
  const stop = new AbortController();
  const kill = new AbortController();
  const remove = () => {
    process.off("SIGINT", heard).off("SIGTERM", heard);
  };
  const heard = (name: NodeJS.Signals) => {
    if (!stop.signal.aborted) {
      stop.abort(name);
      return;
    }
    kill.abort(name);
    remove();
  };
  process.on("SIGINT", heard).on("SIGTERM", heard);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop.abort("timeout"), timeoutMs);
  timer?.unref();
  return {
    signal: stop.signal,
    killSignal: kill.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      remove();
    },
  };
}
