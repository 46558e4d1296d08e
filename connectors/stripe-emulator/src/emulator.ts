import type { AddressInfo } from "node:net";
import { readCatalog } from "@sluice/stripe-catalog";
import { Clock } from "./clock.ts";
import { type Burst, type Storm, burst, storm } from "./control/burst.ts";
import { ControlError } from "./control/control-error.ts";
import {
  type NewEvent,
  type NewObject,
  createObject,
  deleteObject,
  raiseEvent,
  updateObject,
} from "./control/object-control.ts";
import { type SettingsChange, changeSettings } from "./control/settings-control.ts";
import { Dataset } from "./data/dataset.ts";
import type { Distribution } from "./data/distribution.ts";
import { hashText, positionToken } from "./data/random.ts";
import { buildApp } from "./http/app.ts";
import { type Fault, Faults } from "./http/faults.ts";
import { KeyRing } from "./http/key-ring.ts";
import { RequestLog } from "./http/request-log.ts";
import { Push } from "./push/push.ts";
import type { PushSummary } from "./push/push-log.ts";
import { defaultSettings } from "./settings.ts";
import { Accounts } from "./store/accounts.ts";
import { Store } from "./store/store.ts";
import type { StripeObject } from "./stripe-object.ts";

/** What an emulator is started with; everything has a default. */
export type EmulatorOptions = SettingsChange & {
  /** 0, the default, takes a free port. */
  port?: number;
  /** 127.0.0.1 by default: the emulator is meant for the machine it runs on. */
  host?: string;
  /** The same seed, objects and `now` give the same answers, byte for byte. 1 by default. */
  seed?: number;
  /** How many objects a stream starts with, by stream name: { customers: 10_000 }. */
  objects?: Readonly<Record<string, number>>;
  /**
   * How many objects a stream of each connected account starts with, by stream name; none by default. Connected is each
   * object of the stream `accounts`.
   */
  accountObjects?: Readonly<Record<string, number>>;
  /** How the `created` times of a stream's first objects lie over two years, by stream name; uniform by default. */
  created?: Readonly<Record<string, Distribution>>;
  /** The keys that are let in; by default one that follows from the seed. */
  apiKeys?: readonly string[];
  /** Restricted keys and what each may read: { rk_test_a: ["customer_read"] }. */
  restrictedKeys?: Readonly<Record<string, readonly string[]>>;
  /** Unix seconds at which the account's clock stands until it is advanced; by default the real time, running. */
  now?: number;
  /** How many bytes of pages are kept to be sent again at once: 256 MiB by default. */
  pageCacheBytes?: number;
};

const PAGE_CACHE_BYTES = 256 * 1024 * 1024;

/** What changes one account. Every change of an object also adds the events by which the API would tell of it. */
export type AccountControls = {
  /** Yields how many objects a walk through each list would show when nothing is hidden from it, by stream name. */
  counts(): Record<string, number>;
  /** Adds an object: a lifelike one with these fields over it. Throws ControlError for a kind that no list shows. */
  create(object: NewObject): StripeObject;
  /** Sets fields, each as a whole. Throws ControlError when there is no such object. */
  update(id: string, fields: Record<string, unknown>): StripeObject;
  /** Removes an object; a subscription is canceled instead. Throws ControlError when there is no such object. */
  delete(id: string): void;
  /** Adds an event that no change of an object raises, such as invoice.upcoming. Throws ControlError for an unknown type. */
  raiseEvent(event: NewEvent): StripeObject;
  /** Adds many objects at once and yields their ids, oldest first. */
  burst(burst: Burst): string[];
  /** Changes objects of a stream many times over within one second, and yields the ids of those that it changed. */
  storm(storm: Storm): string[];
};

/** A running emulator, by which the platform's own account is changed, too. */
export type Emulator = AsyncDisposable &
  AccountControls & {
    /** Where to send requests, without a slash at the end. */
    url: string;
    apiKey: string;
    apiVersion: string;
    /** The id of the account that the keys belong to. */
    accountId: string;
    /**
     * Yields what changes a connected account: an object of the stream `accounts`, which is connected until it is
     * deleted. Throws ControlError for any other.
     */
    account(id: string): AccountControls;
    addFault(fault: Fault): void;
    clearFaults(): void;
    /** Changes the settings that are given, each as a whole; of `push` only what is named. */
    configure(settings: SettingsChange): void;
    /** Yields what became of the events that were pushed to webhook endpoints and sockets. */
    pushed(): PushSummary;
    /** Ends the sockets of the CLI, as if the network had failed unless `how` says otherwise; and their sessions. */
    disconnect(options?: { how?: "close" | "terminate"; expire?: boolean }): void;
    /** Lets a restricted key in. Throws PermissionError for a permission that there is not. */
    restrictKey(key: string, permissions: readonly string[]): void;
    /**
     * Yields the number of requests so far, altogether and by the path as the catalog writes it, and the most that were
     * under way at the same time.
     */
    requests(): { total: number; paths: Record<string, number>; mostAtOnce: number };
    /** Yields the account's time in unix seconds. */
    now(): number;
    advanceClock(seconds: number): void;
    close(): Promise<void>;
  };

/**
 * Resolves to an emulator that listens. Rejects with ObjectCountError for `objects` that cannot be, with
 * PermissionError and ControlError for other options, and with the system's error when the address cannot be had.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, host = "127.0.0.1", seed = 1, objects = {}, created = {} } = options;
  const { pageCacheBytes = PAGE_CACHE_BYTES } = options;
  const apiKeys = options.apiKeys ?? [`sk_test_${positionToken(hashText("api key"), seed)}`];
  const clock = new Clock(options.now);
  const dataset = new Dataset(readCatalog(), { seed, now: clock.now(), objects, distributions: created });
  const store = new Store(dataset, { now: () => clock.now(), settings: defaultSettings() });
  const { rateLimits, lateSeconds, eventApiVersion, push: pushSettings } = options;
  const given = { rateLimits, lateSeconds, eventApiVersion, push: pushSettings };
  changeSettings(store, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
  const keys = new KeyRing(dataset.plans, apiKeys);
  for (const [key, permissions] of Object.entries(options.restrictedKeys ?? {})) keys.restrict(key, permissions);
  const [faults, requests] = [new Faults(), new RequestLog()];
  const accounts = new Accounts(store, options.accountObjects ?? {});
  const push = new Push(accounts, seed);
  const app = buildApp({ seed, pageCacheBytes, accounts, faults, requests, clock, keys, push });
  await app.listen({ port, host });
  const address = app.server.address() as AddressInfo;
  const close = () => app.close();
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    apiKey: apiKeys[0] ?? "",
    apiVersion: store.catalog.api_version,
    accountId: accounts.ownId,
    ...controlsOf(store),
    account(id) {
      const connected = accounts.store(id);
      if (connected === undefined) throw new ControlError(`The account "${id}" is not connected.`);
      return controlsOf(connected);
    },
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    configure: (settings) => changeSettings(store, settings),
    pushed: () => push.summary(),
    disconnect: ({ how = "terminate", expire = false } = {}) => push.disconnect(how, { expire }),
    restrictKey: (key, permissions) => keys.restrict(key, permissions),
    requests: () => requests.summary(),
    now: () => clock.now(),
    advanceClock: (seconds) => clock.advance(seconds),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function controlsOf(store: Store): AccountControls {
  return {
    counts: () => store.counts(),
    create: (object) => createObject(store, object),
    update: (id, fields) => updateObject(store, id, fields),
    delete: (id) => deleteObject(store, id),
    raiseEvent: (event) => raiseEvent(store, event),
    burst: (many) => burst(store, many),
    storm: (many) => storm(store, many),
  };
}
