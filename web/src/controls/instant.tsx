import { useSyncExternalStore } from "react";
import { exactInstant, relativeInstant } from "./instant-words.ts";

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
  return useSyncExternalStore(slow.subscribe, slow.nowMs);
}

/** Yields the time of now in milliseconds, anew every second: for what is watched while it goes on. */
export function useSecondMs(): number {
  return useSyncExternalStore(fast.subscribe, fast.nowMs);
}

const [slow, fast] = [clockOf(10_000), clockOf(1_000)];

function clockOf(everyMs: number) {
  let nowMs = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    nowMs = Date.now();
    for (const each of listeners) each();
  };
  return {
    nowMs: () => nowMs,
    subscribe(tell: () => void): () => void {
      listeners.add(tell);
      nowMs = Date.now();
      timer ??= setInterval(tick, everyMs);
      return () => {
        listeners.delete(tell);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
