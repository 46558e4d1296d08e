import { setTimeout as sleep } from "node:timers/promises";

/** Resolves to what the work does; rejects when that takes longer. What it does later is not waited for. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
  // whichever of the two comes second is left alone
  late.catch(() => {});
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => settled.abort());
}
