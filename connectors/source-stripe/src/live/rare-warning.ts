import { log } from "@sluice/protocol/stdio";

const EVERY_MS = 60_000;

/** A warning that anybody may cause as often as they like: it is told at most once a minute, with how many there were. */
export class RareWarning {
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  #untold = 0;

  tell(message: string): void {
    const nowMs = performance.now();
    if (nowMs < this.#silentUntilMs) {
      this.#untold += 1;
      return;
    }
    log("warn", this.#untold === 0 ? message : `${message} (${this.#untold} more since this was last told)`);
    this.#silentUntilMs = nowMs + EVERY_MS;
    this.#untold = 0;
  }
}
