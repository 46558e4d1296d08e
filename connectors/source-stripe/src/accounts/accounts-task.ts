import type { ReadStream } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import type { AccountTask } from "../account-read.ts";
import { planStream } from "../listing/plan.ts";
import { shapeOf } from "../shape/shape.ts";
import type { StreamState } from "../stream-state.ts";
import type { StripeClient } from "../stripe-client.ts";
import { isOfPlatform, type Platform } from "./account-list.ts";
import { AccountsState } from "./accounts-state.ts";

/** What several accounts are read with. */
export type AccountsTask = Omit<AccountTask, "client" | "owner" | "rowAccount" | "isLive" | "until" | "globalState"> & {
  /** The key's own. */
  client: StripeClient;
  platform: Platform;
  wanted: readonly { stream: StripeStream; configured: ReadStream }[];
};

/** The accounts of a read, which streams are read of each, and where each of them stands. */
export class Accounts {
  readonly #task: AccountsTask;
  readonly #ids: Set<string>;
  readonly #first = new Map<string, StreamState>();
  #unsure: ReadonlySet<string> = new Set();
  readonly state: AccountsState;

  /** `ids` are those that are to be read. Throws `config` for states that are not ours or of another platform. */
  constructor(task: AccountsTask, { ids, globalState }: { ids: readonly string[]; globalState: unknown }) {
    this.#task = task;
    this.#ids = new Set(ids);
    const streams = task.wanted.map(({ configured }) => ({ name: configured.stream.name, state: configured.state }));
    this.state = new AccountsState({ owner: task.platform, streams, globalState });
    for (const id of this.ids) this.begin(id);
  }

  /** The accounts that are read; the platform's own comes first where only its list of accounts is. */
  get ids(): string[] {
    const { platform, wanted } = this.#task;
    const isPlatformRead = wanted.some(({ stream }) => this.#isOfPlatform(stream));
    return [...new Set([...(isPlatformRead ? [platform.account] : []), ...this.#ids])];
  }

  /** Tells whether an account is read. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Reads a further account, too. */
  add(id: string): void {
    this.#ids.add(id);
    this.begin(id);
  }

  /**
   * Looks from which streams something may be gone, in any account, of which no event told. All accounts are to be listed
   * in full then, for a destination can sweep no further than the oldest of these listings.
   */
  lookForUnsure(): void {
    const names = this.#task.wanted.map(({ stream }) => stream.name);
    this.#unsure = new Set(names.filter((name) => this.state.isUnsure(name)));
  }

  /** Yields where a stream of an account stands. */
  prior(stream: string, id: string): StreamState | undefined {
    const prior = this.state.ofStream(stream, id);
    return prior === undefined || !this.#unsure.has(stream) ? prior : { ...prior, unsure: true };
  }

  /** Takes note that something may be missing from a stream of an account of which no event tells: it is listed in full. */
  noteUnsure(stream: string, id: string): void {
    const state = this.state.ofStream(stream, id);
    if (state !== undefined) this.state.takeStream(stream, id, { ...state, unsure: true });
  }

  /** The accounts of earlier reads that are not read any more. */
  get gone(): string[] {
    const ids = new Set(this.ids);
    return [...this.state.accounts].filter((id) => !ids.has(id));
  }

  /** Yields the streams that are read of an account. */
  wanted(id: string): AccountsTask["wanted"] {
    const { platform, wanted } = this.#task;
    return wanted.filter(({ stream }) => (this.#isOfPlatform(stream) ? id === platform.account : this.#ids.has(id)));
  }

  /**
   * Has a stream that an account never read stand before its first listing, for all new accounts at the same second: the
   * state that is printed first then holds for each of them, however many they are and however long their turn takes.
   */
  begin(id: string): void {
    for (const each of this.wanted(id)) {
      const { name } = each.stream;
      if (this.state.ofStream(name, id) === undefined) this.state.takeStream(name, id, this.#firstState(each));
    }
  }

  #firstState({ stream, configured }: AccountsTask["wanted"][number]): StreamState {
    const known = this.#first.get(stream.name);
    if (known !== undefined) return known;
    const { client, platform: owner, streams } = this.#task;
    const { lister } = shapeOf(stream, streams, { client, account: undefined });
    const nothing = { globalState: undefined, prior: undefined };
    const { state } = planStream(stream, configured, { ...this.#task, ...nothing, lister, owner });
    this.#first.set(stream.name, state);
    return state;
  }

  #isOfPlatform(stream: StripeStream): boolean {
    return isOfPlatform(stream, this.#task.streams);
  }
}
