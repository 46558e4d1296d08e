import { AsyncLocalStorage } from "node:async_hooks";

/** What a log line is about, told once for all that is logged within. */
export type LogContext = {
  run_id?: string;
  pipeline_id?: string;
  stream?: string;
  request_id?: string;
};

const storage = new AsyncLocalStorage<LogContext>();

/** Yields what `work` does; whatever it logs, now or later, carries the context. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

/** Yields what the iterable does; its own work is done in the context, that of whoever consumes it is not. */
export async function* iterateInLogContext<T>(context: LogContext, iterable: AsyncIterable<T>): AsyncGenerator<T> {
  const inside = { ...storage.getStore(), ...context };
  const iterator = storage.run(inside, () => iterable[Symbol.asyncIterator]());
  let ended = false;
  try {
    for (;;) {
      const next = await storage.run(inside, () => iterator.next());
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!ended) await storage.run(inside, () => iterator.return?.());
  }
}

/** Yields the context of the code that runs now. */
export function logContext(): LogContext {
  return storage.getStore() ?? {};
}
