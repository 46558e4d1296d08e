/** A way to fail some requests: which of them, and what happens instead or besides. */
export type Fault = {
  /** Only requests whose path has this in it, such as ":batchUpdate" or "/token"; every one when absent. */
  path?: string | undefined;
  /** Lets this many fitting requests pass first. */
  afterRequests?: number | undefined;
  /** Hits this many requests and no more; every one when absent. */
  times?: number | undefined;
  /** When it strikes: before the request is carried out, which is the default, or when that is done and not answered yet. */
  when?: "before" | "after" | undefined;
  /** Answers with this status. */
  status?: number | undefined;
  /** Seconds in a Retry-After header beside the status. */
  retryAfterSeconds?: number | undefined;
  /** Cuts the connection. */
  reset?: boolean | undefined;
  /** Never answers, until the client closes the connection. */
  hang?: boolean | undefined;
  /** Ends all access tokens, then goes on. */
  expireTokens?: boolean | undefined;
};

/** The faults in force, in the order in which they were set. */
export class Faults {
  #active: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#active.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#active = [];
  }

  /** Yields the first fault that hits a request, and counts the request for every fault that it fits. */
  hit(path: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const active of this.#active) {
      const { fault } = active;
      if (fault.path !== undefined && !path.includes(fault.path)) continue;
      active.seen += 1;
      const turn = active.seen - (fault.afterRequests ?? 0);
      if (hit === undefined && turn >= 1 && turn <= (fault.times ?? Number.POSITIVE_INFINITY)) hit = fault;
    }
    return hit;
  }
}
