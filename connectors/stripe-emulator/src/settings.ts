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

/** How events are pushed, to webhook endpoints and to sockets of the CLI. */
export type PushSettings = {
  /** The share, from 0 to 1, of events that are sent a second time. */
  duplicates: number;
  /** The share of events that are never sent. */
  drops: number;
  /** Each event waits up to so long, so that events overtake one another. */
  jitterMs: number;
  /** The pauses before a webhook that was not answered with 2xx is sent again; behind the last one it is given up. */
  retryMs: readonly number[];
  /** How long a webhook may take to be answered. */
  timeoutMs: number;
  /** How long a socket of the CLI is to last before the client opens it anew. */
  reconnectSeconds: number;
};

/** How the account behaves; each can be changed while the emulator runs. */
export type Settings = {
  rateLimits: RateLimits;
  /** By stream name: a new object shows in lists only this many seconds after it was made, as events do at Stripe. */
  lateSeconds: Readonly<Record<string, number>>;
  /** The version in which new events are rendered, whatever a request asks for; the catalog's when undefined. */
  eventApiVersion: string | undefined;
  push: PushSettings;
};

/** Stripe's own pauses are hours; these are short enough for a test to wait for, and as many. */
const RETRY_MS = [100, 200, 400, 800, 1500, 3000, 5000, 5000, 5000, 5000, 5000, 5000];

/** Yields the settings of an account that is left alone: no limits, nothing late, and every event pushed once, in order. */
export function defaultSettings(): Settings {
  return {
    rateLimits: {},
    lateSeconds: {},
    eventApiVersion: undefined,
    push: { duplicates: 0, drops: 0, jitterMs: 0, retryMs: RETRY_MS, timeoutMs: 20_000, reconnectSeconds: 60 },
  };
}
