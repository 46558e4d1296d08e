/** What is waited for, the longest wait, and what to do when it is over. */
export type WatchdogOptions = {
  idleTimeoutMs: number | undefined;
  progressTimeoutMs: number | undefined;
  /** Told once, in words, what did not come. */
  bark(reason: string): void;
};

const LOOK_EVERY_MS = 250;

/** Notices that nothing comes any more. It counts on a clock that nobody sets. */
export class Watchdog implements Disposable {
  readonly #timer: NodeJS.Timeout | undefined;
  #lineAt = performance.now();
  #progressAt = performance.now();

  constructor({ idleTimeoutMs, progressTimeoutMs, bark }: WatchdogOptions) {
    if (idleTimeoutMs === undefined && progressTimeoutMs === undefined) return;
    const look = () => {
      const now = performance.now();
      const reason = isOver(now, this.#lineAt, idleTimeoutMs)
        ? `Neither side has said anything for ${seconds(idleTimeoutMs)}`
        : isOver(now, this.#progressAt, progressTimeoutMs)
          ? `No record and no state has come for ${seconds(progressTimeoutMs)}`
          : undefined;
      if (reason === undefined) return;
      this[Symbol.dispose]();
      bark(reason);
    };
    this.#timer = setInterval(look, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  line(): void {
    this.#lineAt = performance.now();
  }

  progress(): void {
    this.#progressAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function isOver(now: number, since: number, limitMs: number | undefined): boolean {
  return limitMs !== undefined && now - since > limitMs;
}

function seconds(ms: number | undefined): string {
  return `${Math.round((ms ?? 0) / 100) / 10} s`;
}
