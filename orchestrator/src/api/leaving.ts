import type { FastifyReply } from "fastify";

/** Yields a signal that whoever asked has gone before the answer was whole; Node's request closes as soon as it was read. */
export function leavingOf({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) left.abort();
  });
  return left.signal;
}
