/** What is waited for, the longest wait, and what to do when it is over. */
export type WatchdogOptions = {
  idleTimeoutMs: number | undefined;
  progressTimeoutMs: number | undefined;
  /**
   * For a run that may be quiet: since when the destination has owed an answer, as `performance.now` has it, or undefined.
   * Only its silence counts then, and only while it does.
   */
  owedSince?: (() => number | undefined) | undefined;
  /** Told once, in words, what did not come. */
  bark(reason: string): void;
};

const LOOK_EVERY_MS = 250;

/** Notices that nothing comes any more. It counts on a clock that nobody sets. */
export class Watchdog implements Disposable {
  readonly #timer: NodeJS.Timeout | undefined;
  #lineAt = performance.now();
  #echoAt = performance.now();
  #progressAt = performance.now();

  constructor({ idleTimeoutMs, progressTimeoutMs, owedSince, bark }: WatchdogOptions) {
    if (idleTimeoutMs === undefined && progressTimeoutMs === undefined) return;
    const look = () => {
      const now = performance.now();
      const silentSince = owedSince === undefined ? this.#lineAt : Math.max(owedSince() ?? now, this.#echoAt);
      const who = owedSince === undefined ? "Neither side has" : "The destination has owed an answer and not";
      const reason = isOver(now, silentSince, idleTimeoutMs)
        ? `${who} said anything for ${seconds(idleTimeoutMs)}`
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

  /** A line of the destination. */
  echo(): void {
    this.#echoAt = performance.now();
    this.line();
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
