import { useSyncExternalStore } from "react";
import { exactInstant, relativeInstant } from "./instant-words.ts";

const TICK_MS = 10_000;

/** A time as people say it, such as "3 min ago", kept current; the exact instant in the viewer's zone shows on hover. */
export function Instant({ at }: { at: string }) {
  const nowMs = useNowMs();
  return (
    <time dateTime={at} title={exactInstant(at)}>
      {relativeInstant(Date.parse(at), nowMs)}
    </time>
  );
}

/** Yields the time of now in milliseconds, anew every ten seconds, the same for the whole page. */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

let nowMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  nowMs = Date.now();
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(tell);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
