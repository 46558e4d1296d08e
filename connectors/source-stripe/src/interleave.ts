/**
 * Yields what up to `concurrency` generators yield, as it comes, and takes further ones only when there is room; each is asked for its next value while the last one
 * is being consumed, and the next generator begins when one ends. A failure ends all of them.
 */
export async function* interleave<T>(generators: Iterable<AsyncGenerator<T>>, concurrency: number): AsyncGenerator<T> {
  const waiting = generators[Symbol.iterator]();
  const running = new Map<AsyncGenerator<T>, Promise<Step<T>>>();
  const advance = (generator: AsyncGenerator<T>) => {
    const step = generator.next().then((result) => ({ generator, result }));
    // awaited below, unless another one failed first
    step.catch(() => {});
    running.set(generator, step);
  };
  const begin = () => {
    const next = waiting.next();
    if (next.done !== true) advance(next.value);
    return next.done !== true;
  };
  try {
    while (running.size < concurrency && begin());
    while (running.size > 0) {
      const { generator, result } = await Promise.race(running.values());
      // behind the others, so that one that is always ready leaves them their turn
      running.delete(generator);
      if (result.done !== true) {
        advance(generator);
        yield result.value;
        continue;
      }
      begin();
    }
  } finally {
    // not awaited: one that waits for an answer ends when its connection is closed
    for (const generator of running.keys()) void generator.return(undefined).catch(() => {});
  }
}

type Step<T> = { generator: AsyncGenerator<T>; result: IteratorResult<T> };
