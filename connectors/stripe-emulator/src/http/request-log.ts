/** Counts the requests to the emulated API, by the path as the catalog writes it. */
export class RequestLog {
  #paths = new Map<string, number>();

  count(path: string): void {
    this.#paths.set(path, (this.#paths.get(path) ?? 0) + 1);
  }

  clear(): void {
    this.#paths.clear();
  }

  /** Yields the number of requests altogether and for each path: "/v1/invoices/{invoice}/lines" for all invoices. */
  summary(): { total: number; paths: Record<string, number> } {
    const total = this.#paths.values().reduce((sum, count) => sum + count, 0);
    return { total, paths: Object.fromEntries(this.#paths) };
  }
}
