/** A request that came, and the size of its body; its status once it was carried out or refused, a fault's not. */
export type LoggedRequest = { method: string; path: string; bytes: number; status?: number };

/** The requests to the emulated service, in their order; and who waits for one that a fault holds. */
export class RequestLog {
  #requests: LoggedRequest[] = [];
  #waiting: (() => void)[] = [];
  #hanging = 0;

  add(request: LoggedRequest): void {
    this.#requests.push(request);
  }

  clear(): void {
    this.#requests = [];
  }

  list(): readonly LoggedRequest[] {
    return this.#requests;
  }

  /** Tells that a fault holds a request. */
  hangs(): void {
    const [first] = this.#waiting.splice(0, 1);
    if (first === undefined) this.#hanging += 1;
    else first();
  }

  /** Resolves as soon as a fault holds a request that nobody was told of. */
  hanging(): Promise<void> {
    if (this.#hanging > 0) {
      this.#hanging -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
