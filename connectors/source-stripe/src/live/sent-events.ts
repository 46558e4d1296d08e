/** As many are remembered; what is forgotten is sent again, which changes nothing. */
const MOST = 20_000;

/** What was sent because it was pushed, before it was polled. */
export class SentEvents {
  /** The last event of each object that was sent, by stream and object. */
  readonly #objects = new Map<string, { id: string; second: number }>();
  readonly #events = new Set<string>();

  /** Tells whether a stream's record of an event was sent. */
  has(stream: string, event: string): boolean {
    return this.#events.has(`${stream} ${event}`);
  }

  /** Tells whether another event of an object's was sent that is of the same second. */
  isTied(stream: string, { object, event, second }: { object: string; event: string; second: number }): boolean {
    const last = this.#objects.get(`${stream} ${object}`);
    return last !== undefined && last.second === second && last.id !== event;
  }

  add(stream: string, { object, event, second }: { object: string; event: string; second: number }): void {
    this.#events.add(`${stream} ${event}`);
    this.#objects.delete(`${stream} ${object}`);
    this.#objects.set(`${stream} ${object}`, { id: event, second });
    forget(this.#events);
    forget(this.#objects);
  }
}

/** Drops the oldest where there are too many. */
function forget(memory: { size: number; keys(): Iterable<string>; delete(key: string): boolean }): void {
  if (memory.size <= MOST) return;
  for (const key of memory.keys()) {
    memory.delete(key);
    return;
  }
}
