type Group<T> = { place: T; text: string; accounts: Set<string> };

/** Where accounts stand. Those at the same place share it, so that thousands of them take little room. */
export class Places<T extends object> {
  readonly #groups = new Map<string, Group<T>>();
  readonly #groupOf = new Map<string, Group<T>>();

  /** Yields where an account stands; undefined for one that is not known. */
  get(account: string): T | undefined {
    return this.#groupOf.get(account)?.place;
  }

  /** Puts an account at a place; yields whether it was elsewhere. Places are the same when their JSON is. */
  set(account: string, place: T): boolean {
    const text = JSON.stringify(place);
    const before = this.#groupOf.get(account);
    if (before?.text === text) return false;
    if (before !== undefined) {
      before.accounts.delete(account);
      if (before.accounts.size === 0) this.#groups.delete(before.text);
    }
    let group = this.#groups.get(text);
    if (group === undefined) {
      group = { place, text, accounts: new Set() };
      this.#groups.set(text, group);
    }
    group.accounts.add(account);
    this.#groupOf.set(account, group);
    return true;
  }

  /** How many accounts are known. */
  get size(): number {
    return this.#groupOf.size;
  }

  get accounts(): Iterable<string> {
    return this.#groupOf.keys();
  }

  /** Each place, with the accounts that stand there. */
  get all(): { accounts: string[]; place: T }[] {
    return [...this.#groups.values()].map(({ accounts, place }) => ({ accounts: [...accounts], place }));
  }
}
