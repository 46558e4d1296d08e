import type { SourceOutput } from "@sluice/protocol/stdio";
import { catchUp, listings, plannedRuns } from "../account-read.ts";
import { StripeApiError } from "../api-error.ts";
import { pushedOutputs } from "../events/event-read.ts";
import { EventTarget } from "../events/event-target.ts";
import type { StripeEvent } from "../events/event.ts";
import type { Accounts, AccountsTask } from "./accounts-task.ts";

/** What comes of a visit of an account: what its streams yield, or that Stripe does not let the key work with it. */
export type Visited = { account: string } & ({ output: SourceOutput } | { refusal: StripeApiError });
export type VisitAs = {
  /** The server's second at which the visit counts as begun. */
  now: number;
  /** Up to which second events are read; up to the newest that is over when absent. */
  until?: number;
  /** Pushed events whose seconds were read before they were visible. */
  missed?: readonly StripeEvent[];
};

/** Yields what an account's streams have to tell since they were read last: its lists and its events, and their ends. */
export async function* visit(
  task: AccountsTask,
  { accounts, account }: { accounts: Accounts; account: string },
  { now, until, missed = [] }: VisitAs,
): AsyncGenerator<Visited> {
  const { platform, config, client } = task;
  const { state } = accounts;
  const own = {
    ...task,
    client: account === platform.account ? client : client.ofAccount(account),
    owner: { account, mode: platform.mode },
    globalState: state.ofEvents(account),
    rowAccount: account,
    isLive: false,
    now,
    until,
  };
  const wanted = accounts
    .wanted(account)
    .map((each) => ({ ...each, prior: accounts.prior(each.stream.name, account) }));
  try {
    const runs = plannedRuns(own, wanted).map(({ run }) => run);
    for await (const output of listings(runs, config.concurrency)) yield { account, output };
    if (missed.length > 0) {
      const known = { ...own, lookbackSeconds: own.config.events.lookback_seconds };
      const targets = runs.map((run) => new EventTarget(run, known));
      for await (const output of pushedOutputs(own, targets, missed)) yield { account, output };
    }
    for await (const output of catchUp(own, runs)) yield { account, output };
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.reaction !== "leave_account") throw error;
    yield { account, refusal: error };
  }
}
