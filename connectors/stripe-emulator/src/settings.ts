/** How many requests the account may send; a limit that is absent does not hold. */
export type RateLimits = {
  /** Requests a second over all endpoints. */
  global?: number | undefined;
  /** Requests a second to one endpoint. */
  endpoint?: number | undefined;
  /** Requests at the same time over all endpoints. */
  globalConcurrency?: number | undefined;
  /** Requests at the same time to one endpoint. */
  endpointConcurrency?: number | undefined;
};

/** How the account behaves; each can be changed while the emulator runs. */
export type Settings = {
  rateLimits: RateLimits;
  /** By stream name: a new object shows in lists only this many seconds after it was made, as events do at Stripe. */
  lateSeconds: Readonly<Record<string, number>>;
  /** The version in which new events are rendered, whatever a request asks for; the catalog's when undefined. */
  eventApiVersion: string | undefined;
};

/** Yields the settings of an account that is left alone: no limits, nothing late. */
export function defaultSettings(): Settings {
  return { rateLimits: {}, lateSeconds: {}, eventApiVersion: undefined };
}
