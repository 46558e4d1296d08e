/** Counts the requests to the emulated API, by the path as the catalog writes it. */
export class RequestLog {
  #paths = new Map<string, number>();
  #underWay = 0;
  #mostAtOnce = 0;

  /** Counts a request and yields what to call when it is over. */
  begin(path: string): () => void {
    this.#paths.set(path, (this.#paths.get(path) ?? 0) + 1);
    this.#underWay += 1;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#underWay);
    return () => {
      this.#underWay -= 1;
    };
  }

  clear(): void {
    this.#paths.clear();
    this.#mostAtOnce = this.#underWay;
  }

  /**
   * Yields the number of requests altogether, for each path ("/v1/invoices/{invoice}/lines" for all invoices), and the
   * most that were under way at the same time.
   */
  summary(): { total: number; paths: Record<string, number>; mostAtOnce: number } {
    const total = this.#paths.values().reduce((sum, count) => sum + count, 0);
    return { total, paths: Object.fromEntries(this.#paths), mostAtOnce: this.#mostAtOnce };
  }
}
