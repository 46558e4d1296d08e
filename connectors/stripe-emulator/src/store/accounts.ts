import { ownAccount, ownAccountId } from "../data/own-account.ts";
import type { ToldEvent } from "../push/told-event.ts";
import type { StripeObject } from "../stripe-object.ts";
import { Store } from "./store.ts";

/** The platform's list of accounts: each object of it is an account that the platform's keys open. */
const CONNECTED = "accounts";

/**
 * The platform's own account and those connected to it, each with objects and events of its own. A connected account is
 * made when somebody first asks for it, so that thousands of them cost little.
 */
export class Accounts {
  readonly own: Store;
  readonly ownId: string;
  readonly #objects: Readonly<Record<string, number>>;
  readonly #opened = new Map<string, Store>();
  readonly #listeners: ((event: ToldEvent) => void)[] = [];

  /**
   * `objects` says how many objects of a stream each connected account starts with. Throws ObjectCountError for what
   * cannot be.
   */
  constructor(own: Store, objects: Readonly<Record<string, number>>) {
    own.dataset.ofAccount("", objects);
    this.own = own;
    this.ownId = ownAccountId(own.dataset.world);
    this.#objects = objects;
    own.journal.listen((event) => this.#tell(event));
  }

  /** Has each further snapshot event of any account told to a listener. */
  listen(listener: (event: ToldEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Yields what is in an account; undefined for one that is not connected, or no longer. */
  store(id: string): Store | undefined {
    if (id === this.ownId) return this.own;
    return this.own.collection(CONNECTED).get(id) === undefined ? undefined : this.#open(id);
  }

  /** Yields an account as GET /v1/account shows it; undefined for one that is not connected. */
  shown(id: string): StripeObject | undefined {
    if (id === this.ownId) return ownAccount(this.own.dataset.world);
    return this.own.collection(CONNECTED).get(id)?.make();
  }

  #open(id: string): Store {
    const known = this.#opened.get(id);
    if (known !== undefined) return known;
    const { dataset, now, settings } = this.own;
    const store = new Store(dataset.ofAccount(id, this.#objects), { now, settings });
    store.journal.listen((event) =>
      this.#tell({ ...event, account: id, render: (version) => ({ ...event.render(version), account: id }) }),
    );
    this.#opened.set(id, store);
    return store;
  }

  #tell(event: ToldEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
