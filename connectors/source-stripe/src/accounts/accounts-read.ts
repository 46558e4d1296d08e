import { log, type SourceOutput } from "@sluice/protocol/stdio";
import { GlobalState } from "../global-state.ts";
import { interleave } from "../interleave.ts";
import { StreamState } from "../stream-state.ts";
import { visit, type Visited } from "./account-visit.ts";
import type { Accounts, AccountsTask } from "./accounts-task.ts";
import { StreamEnds, type StreamEnd } from "./stream-ends.ts";

/** A read is worth so many states, however many accounts there are. */
const STATES_A_PASS = 50;
const NAMED = 5;

/** Yields what the streams of several accounts have to tell, account by account, and one end for each stream. */
export async function* readAccounts(task: AccountsTask, accounts: Accounts): AsyncGenerator<SourceOutput> {
  const ends = new StreamEnds();
  yield* onePass(task, new AccountsFold(accounts, ends));
  if (task.client.isStopping) return;
  for (const { stream } of task.wanted) yield ends.end(stream.name, accounts.state.sweepVersion(stream.name));
}

/** Yields what each account has to tell, and the states behind it. */
export async function* onePass(task: AccountsTask, fold: AccountsFold): AsyncGenerator<SourceOutput> {
  const { client, now } = task;
  const { accounts } = fold;
  const { state } = accounts;
  accounts.lookForUnsure();
  tellOfGone(accounts);
  yield* state.news();
  const ids = accounts.ids;
  const visits = function* () {
    for (const account of ids) {
      if (client.isStopping) return;
      yield ended(visit(task, { accounts, account }, { now, until: now }));
    }
  };
  let finished = 0;
  for await (const visited of interleave(visits(), accountsAtOnce(task))) {
    if (visited !== "end") {
      yield* fold.outputs(visited);
      continue;
    }
    finished += 1;
    if (finished % Math.ceil(ids.length / STATES_A_PASS) === 0) yield* state.news();
  }
  yield* state.news();
}

/** Takes note of how a stream ended in an account. */
export type EndsListener = { note(account: string, end: StreamEnd): void };

/** Puts what comes of accounts together to what comes of a source. */
export class AccountsFold {
  readonly accounts: Accounts;
  readonly #ends: EndsListener;

  constructor(accounts: Accounts, ends: EndsListener) {
    this.accounts = accounts;
    this.#ends = ends;
  }

  /** Yields what of an account's can be printed: its records, and states where they are worth it. */
  *outputs(visited: Visited): Generator<SourceOutput> {
    const { account } = visited;
    const { state } = this.accounts;
    if ("refusal" in visited) {
      for (const { stream } of this.accounts.wanted(account))
        this.#ends.note(account, { type: "failure", stream: stream.name, error: visited.refusal });
      return;
    }
    const { output } = visited;
    if (output.type === "lines") {
      yield* state.beforeRecords(output.stream);
      yield output;
      yield* state.behindRecords(output.stream, output.bytes.length);
    } else if (output.type === "state") {
      if (output.stream === undefined) state.takeEvents(account, GlobalState.parse(output.data));
      else state.takeStream(output.stream, account, StreamState.parse(output.data));
    } else if (output.type !== "record") {
      this.#ends.note(account, output);
    }
  }
}

/** Yields what a visit yields, and then that it is over. */
async function* ended(visited: AsyncGenerator<Visited>): AsyncGenerator<Visited | "end"> {
  yield* visited;
  yield "end";
}

/** As many accounts at once as keep the requests under way, for each has a page in memory. */
export function accountsAtOnce({ wanted, config: { concurrency } }: AccountsTask): number {
  return Math.min(concurrency, 1 + Math.ceil(concurrency / Math.max(1, wanted.length)));
}

function tellOfGone({ gone }: Accounts): void {
  if (gone.length === 0) return;
  const named = gone.slice(0, NAMED).join(", ") + (gone.length > NAMED ? ", …" : "");
  log(
    "warn",
    `${gone.length} accounts of earlier reads are not read any more (${named}): they are not in account_ids, or no longer connected. Their rows stay as they are, and what vanishes in the others without an event is not removed meanwhile.`,
  );
}
