import { SluiceError } from "@sluice/protocol";
import { log, type SourceOutput } from "@sluice/protocol/stdio";
import { isPassing } from "../api-error.ts";
import { outcomeOf, type ObjectEvent } from "../events/change.ts";
import { objectEvents, pushedOutputs, readEvents, type EventTask } from "../events/event-read.ts";
import { EventTarget } from "../events/event-target.ts";
import type { StripeEvent } from "../events/event.ts";
import { fateOf, standingOf } from "../events/push-fate.ts";
import { emptyState, GlobalState } from "../global-state.ts";
import { reasonOf } from "../connection.ts";
import type { StreamRun } from "../stream-run.ts";
import type { Arrival, Feed } from "./feed.ts";
import type { Inputs } from "./inputs.ts";
import { CLOSELY_FOR_MS, IDLE_STATE_EVERY_MS, SECOND_IS_OVER_MS, STATE_EVERY_MS } from "./pace.ts";
import type { Rests } from "./rests.ts";
import type { SentEvents } from "./sent-events.ts";

const POLL_SECONDS = 2;
const POLL_SECONDS_BESIDE_PUSHES = 30;
/** Most polls look only so far back for late events, and one in a while as far as is configured. */
const SHORT_LOOKBACK_SECONDS = 5;
const FULL_LOOKBACK_EVERY_MS = 60_000;
const STATE_EVERY_INPUTS = 500;
/** As many events may wait for a poll that nobody waits for; polls show the others. */
const MOST_PENDING = 2000;

type FollowerTask = Omit<EventTask, "sent" | "lookbackSeconds" | "onFailure"> & {
  feed: Feed;
  inputs: Inputs;
  sent: SentEvents;
  rests: Rests;
  hearsCommits: boolean;
  signal: AbortSignal;
};
/** A pushed event that does not tell enough by itself, and the inputs that brought it. */
type Pending = { event: StripeEvent; inputs: number[] };

/**
 * Follows the events of streams. A pushed event whose object can be taken as it is gives a record at once; any other, and
 * a delete, waits for the poll behind its second, which looks at all events of that second together. Polls see every
 * event, and they alone move the place, so that a push that is lost, doubled or late changes nothing but the time. A
 * stream that fails is left behind at its place while the others go on, and tried again.
 */
export class Follower {
  readonly #task: FollowerTask;
  readonly #runs: readonly StreamRun[];
  readonly #pending = new Map<string, Pending>();
  #globalState: GlobalState | undefined;
  /** Which events are whose, as of the last poll that came to its end; before the first one nobody knows. */
  #targets: readonly EventTarget[] | undefined;
  #pollAtMs = 0;
  #fullPollAtMs = 0;
  #closelyUntilMs = 0;
  /** When a state has to follow what was sent; undefined while nothing was. */
  #stateAtMs: number | undefined;
  #lastStateAtMs = Number.NEGATIVE_INFINITY;
  #inputsSinceState = 0;

  constructor(task: FollowerTask, runs: readonly StreamRun[]) {
    this.#task = task;
    this.#runs = runs;
    this.#globalState = task.globalState;
  }

  /** How far the events are read. */
  get globalState(): GlobalState | undefined {
    return this.#globalState;
  }

  /** Tells whether it knows which events each stream has, without which no pushed event can be taken. */
  get isReady(): boolean {
    return this.#targets !== undefined || this.#runs.length === 0;
  }

  /** Yields what is polled and pushed until the signal aborts. */
  async *outputs(): AsyncGenerator<SourceOutput> {
    const { feed, signal, client } = this.#task;
    try {
      while (!signal.aborted) {
        await feed.wait(Math.min(this.#pollAtMs, this.#stateAtMs ?? Infinity) - performance.now(), signal);
        const { arrivals, isPollWanted } = feed.take();
        yield* this.#pushed(arrivals);
        if (isPollWanted) this.#closelyUntilMs = performance.now() + CLOSELY_FOR_MS;
        if (isPollWanted || performance.now() >= this.#pollAtMs) yield* this.poll();
        if (this.#isStateDue) yield* this.#state();
      }
    } catch (error) {
      // a request that was cut short by the end of the read is no failure
      if (!client.isStopping) throw error;
    }
    if (this.#stateAtMs !== undefined) yield* this.#state();
  }

  /** Yields what the events since the last poll tell. What fails in passing is left to the next one. */
  async *poll(): AsyncGenerator<SourceOutput> {
    const { client, config, rests } = this.#task;
    const startedAtMs = performance.now();
    const isFull = startedAtMs >= this.#fullPollAtMs;
    const configured = config.events.lookback_seconds;
    const lookbackSeconds = isFull ? configured : Math.min(configured, SHORT_LOOKBACK_SECONDS);
    const isClose = startedAtMs < this.#closelyUntilMs;
    this.#pollAtMs = startedAtMs + Math.min(pollMs(this.#task), isClose ? SECOND_IS_OVER_MS : Infinity);
    const tried = this.#runs.filter((run) => rests.untilMs(run) <= startedAtMs);
    if (tried.length === 0) {
      // for what waits for a stream that rests
      this.#pollAtMs = Math.min(this.#pollAtMs, ...this.#runs.map((run) => rests.untilMs(run)));
      return;
    }
    const failed = new Set<StreamRun>();
    const onFailure = (run: StreamRun, error: unknown) => {
      rests.note(run, error);
      failed.add(run);
    };
    try {
      await client.askTime();
      const task = { ...this.#task, globalState: this.#globalState, lookbackSeconds, onFailure };
      yield* this.#polled(readEvents(task, tried));
      yield* this.#settlePending({ reachable: (run) => tried.includes(run) && !failed.has(run), onFailure });
      for (const run of tried) if (!failed.has(run)) rests.over(run);
      if (isFull) this.#fullPollAtMs = startedAtMs + FULL_LOOKBACK_EVERY_MS;
    } catch (error) {
      if (client.isStopping || !isPassing(error)) throw error;
      log("warn", `Events could not be read (${reasonOf(error)}); they are asked for again.`);
    }
  }

  get #isStateDue(): boolean {
    if (this.#stateAtMs === undefined) return false;
    return performance.now() >= this.#stateAtMs || this.#inputsSinceState >= STATE_EVERY_INPUTS;
  }

  /** Yields what a poll does, without the states that say nothing new. */
  async *#polled(outputs: AsyncIterable<SourceOutput>): AsyncGenerator<SourceOutput> {
    let hasNews = false;
    for await (const output of outputs) {
      if (output.type !== "state" || output.stream !== undefined) {
        hasNews = true;
        yield output;
        continue;
      }
      this.#globalState = GlobalState.parse(output.data);
      const isIdle = performance.now() - this.#lastStateAtMs < IDLE_STATE_EVERY_MS;
      if (hasNews || !isIdle) yield* this.#state();
      hasNews = false;
    }
    const { config, eventTypes } = this.#task;
    const known = { globalState: this.#globalState, eventTypes, lookbackSeconds: config.events.lookback_seconds };
    this.#targets = this.#runs.map((run) => new EventTarget(run, known));
  }

  /** Yields the records of pushed events that tell enough by themselves; the others wait for the next poll. */
  *#pushed(arrivals: readonly Arrival[]): Generator<SourceOutput> {
    const events = new Map<string, Pending>();
    for (const { event, input } of arrivals) {
      if (event === undefined) this.#done(input);
      else this.#note(events, event, input);
    }
    const unclear = new Set<string>();
    for (const target of this.#targets ?? []) {
      const wanted = [...events.values()].map(({ event }) => event).filter((event) => target.wantsPushed(event));
      if (wanted.length > 0) yield* this.#pushedOf(target, wanted, unclear);
    }
    for (const [id, { event, inputs }] of events) {
      const pending = this.#pending.get(id);
      if (!unclear.has(id)) {
        this.#pending.delete(id);
        for (const input of [...inputs, ...(pending?.inputs ?? [])]) this.#done(input);
        continue;
      }
      if (inputs.length === 0 && pending === undefined && this.#pending.size >= MOST_PENDING) continue;
      this.#pending.set(id, { event, inputs: [...inputs, ...(pending?.inputs ?? [])] });
      this.#pollAtMs = Math.min(this.#pollAtMs, performance.now() + SECOND_IS_OVER_MS);
    }
  }

  *#pushedOf(target: EventTarget, wanted: readonly StripeEvent[], unclear: Set<string>): Generator<SourceOutput> {
    const { config, sent } = this.#task;
    const stream = target.run.name;
    // of two renderings the later one tells nothing new
    const unsent = wanted.filter(({ id }) => !sent.has(stream, id));
    const own = Map.groupBy(this.#ownOf(target, unsent, unclear), ({ carried }) => carried.object.id);
    for (const [object, each] of own) {
      const { clear } = outcomeOf(each, config.events.hydrate);
      const told = new Set(clear.flatMap(({ standsFor }) => standsFor));
      for (const { id } of each) if (!told.has(id)) unclear.add(id);
      for (const event of clear) {
        const second = event.created;
        // while its second lasts, what is deleted may be made anew under its id, and nothing wins over a delete of it
        if (event.isDelete || sent.isTied(stream, { object, event: event.id, second })) {
          for (const id of event.standsFor) unclear.add(id);
          continue;
        }
        for (const id of event.standsFor) sent.add(stream, { object, event: id, second });
        yield* this.#rows(target, event);
      }
    }
  }

  /** Yields what events say of objects. Where that cannot be made out the poll is to fail, as it does without pushes. */
  #ownOf(target: EventTarget, wanted: readonly StripeEvent[], unclear: Set<string>): ObjectEvent[] {
    return wanted.flatMap((event) => {
      try {
        return objectEvents(this.#task, target, [event]);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        unclear.add(event.id);
        return [];
      }
    });
  }

  *#rows({ run }: EventTarget, { carried, created, isDelete }: ObjectEvent): Generator<SourceOutput> {
    const told = isDelete ? run.shape.removed(carried, created) : run.shape.snapshot(carried, created);
    if (told.isUnsure === true) run.noteUnsure();
    if (told.count === 0) return;
    this.#wantState();
    yield { type: "lines", stream: run.name, count: told.count, bytes: told.bytes };
  }

  /** Adds an event to those that came together: of two renderings the one in our version. */
  #note(events: Map<string, Pending>, event: StripeEvent, input: number | undefined): void {
    const known = events.get(event.id);
    const isOurs = event.apiVersion === this.#task.config.api_version;
    const inputs = [...(known?.inputs ?? []), ...(input === undefined ? [] : [input])];
    events.set(event.id, { event: known === undefined || isOurs ? event : known.event, inputs });
  }

  /** Yields what pending events led to whose seconds are over: the objects of those that no poll has shown are looked after. */
  async *#settlePending({ reachable, onFailure }: Tried): AsyncGenerator<SourceOutput> {
    const { rests } = this.#task;
    const targets = this.#targets ?? [];
    const pending = [...this.#pending.values()].map((each) => ({
      ...each,
      standing: standingOf(each.event, this.#globalState),
    }));
    const missed = pending.flatMap(({ event, standing }) => (standing === "missed" ? [event] : []));
    const asked = targets.filter(({ run }) => reachable(run));
    for await (const output of pushedOutputs({ ...this.#task, onFailure }, asked, missed)) {
      this.#wantState();
      yield output;
    }
    for (const { event, inputs, standing } of pending) {
      const failing = targets.filter((target) => rests.failuresOf(target.run) > 0 && target.wantsPushed(event));
      const failures = failing.map(({ run }) => rests.failuresOf(run));
      const fate = fateOf({ standing, wasFetched: true, failures });
      if (fate === "wait") {
        this.#pollBehind(failing);
        continue;
      }
      if (fate === "relist") for (const { run } of failing) run.noteUnsure();
      this.#pending.delete(event.id);
      for (const input of inputs) this.#done(input);
    }
  }

  /** Has a poll come for events that wait: once a second is over, or once one of the streams that failed has rested. */
  #pollBehind(failing: readonly EventTarget[]): void {
    const restedAtMs = failing.map(({ run }) => this.#task.rests.untilMs(run));
    const nextMs = failing.length === 0 ? performance.now() + SECOND_IS_OVER_MS : Math.min(...restedAtMs);
    this.#pollAtMs = Math.min(this.#pollAtMs, nextMs);
  }

  #done(input: number | undefined): void {
    if (input === undefined) return;
    this.#task.inputs.done(input);
    this.#inputsSinceState += 1;
    this.#wantState();
  }

  #wantState(): void {
    this.#stateAtMs ??= Math.max(performance.now(), this.#lastStateAtMs + STATE_EVERY_MS);
  }

  /** Yields the states behind what was sent. */
  *#state(): Generator<SourceOutput> {
    const { inputs, hearsCommits, owner, client } = this.#task;
    this.#stateAtMs = undefined;
    this.#lastStateAtMs = performance.now();
    this.#inputsSinceState = 0;
    const { through } = inputs;
    for (const run of this.#runs) yield* run.changedState();
    if (through !== undefined) this.#globalState ??= emptyState(owner, client.serverSeconds);
    if (this.#globalState === undefined) return;
    yield { type: "state", data: this.#globalState, ...inputs.told(hearsCommits) };
  }
}

/** Which streams a poll has read, and what becomes of one that fails. */
type Tried = { reachable: (run: StreamRun) => boolean; onFailure: (run: StreamRun, error: unknown) => void };

/** Yields how often a live read asks for events, in milliseconds. */
export function pollMs({ config }: Pick<EventTask, "config">): number {
  const { mode, poll_seconds: seconds } = config.events;
  return 1000 * (seconds ?? (mode === "poll" ? POLL_SECONDS : POLL_SECONDS_BESIDE_PUSHES));
}
