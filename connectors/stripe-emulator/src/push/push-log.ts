/** What became of the events that were pushed. */
export type PushSummary = {
  /** Ids of events that a webhook answered with 2xx, or a socket acknowledged. */
  acknowledged: string[];
  /** Requests and frames sent so far, repeated ones included. */
  sent: number;
  /** Events that wait to be sent, for an answer, or for their next try. */
  waiting: number;
  /** Events that were sent as often as `retryMs` says, and never taken. */
  givenUp: number;
};

/** Keeps count of pushed events. */
export class PushLog {
  readonly #acknowledged = new Set<string>();
  sent = 0;
  waiting = 0;
  givenUp = 0;

  acknowledge(event: string): void {
    this.#acknowledged.add(event);
  }

  summary(): PushSummary {
    const { sent, waiting, givenUp } = this;
    return { acknowledged: [...this.#acknowledged], sent, waiting, givenUp };
  }
}
