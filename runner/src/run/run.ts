import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError, type ConfiguredStream, type Payload } from "@sluice/protocol";
import type { StateLine } from "@sluice/protocol/stdio";
import type { PushedInputs } from "../relay/source-inbox.ts";
import type { Side } from "../side/side.ts";
import { stopCode } from "../side/stop-code.ts";
import type { OpenStates, StateStore } from "../state/state-store.ts";
import { Attempt, type AttemptEvents, type RunLimits } from "./attempt.ts";
import { EventQueue } from "./event-queue.ts";
import { Headway } from "./headway.ts";
import { askedOf, caughtIncident, isRetryable, type Incident, type SideRole } from "./incident.ts";
import { ProgressMeter } from "./progress.ts";
import { RunMask } from "./run-mask.ts";
import { summarize, type Summary } from "./summary.ts";

export type RunOptions = {
  /** The id under which states are kept. */
  pipelineId: string;
  source: Side;
  destination: Side;
  /** Resolves to the streams to move, with their generations, and which of them are not to go on from their states. */
  plan(stored: readonly StateLine[]): Promise<{ streams: ConfiguredStream[]; startOver: ReadonlySet<string> }>;
  /** Where states are kept; `isDestination` when the destination keeps them in its own transactions. */
  states: { store: StateStore; isDestination: boolean };
  /** Streams that somebody asked for by name: one that is skipped makes the run partial. */
  named?: ReadonlySet<string>;
  runId?: string;
  /** Take the pipeline over although another run holds it. */
  force?: boolean;
  live?: boolean;
  /** Where events that were pushed wait; a live run hands them to a source that takes them. */
  inputs?: PushedInputs;
  /** Times to begin again after a passing failure. */
  retries?: number;
  limits?: Partial<RunLimits>;
  /** Ends the run in order; its reason, "SIGINT", "SIGTERM", "timeout" or that of AbortSignal.timeout, decides the exit code. */
  signal?: AbortSignal;
  /** Ends the run at once. */
  killSignal?: AbortSignal;
  /** Gets rejected records before the commit around them. */
  onRejected?: (rejected: Payload<"rejected">, line: Buffer) => Promise<void>;
  /** Resolves once a connector's new configuration is kept. */
  onControl?: AttemptEvents["onControl"];
  /** Resolves once it is kept that a stream's refresh came to its end. */
  onStreamEnd?: AttemptEvents["onStreamEnd"];
  /** Gets the source's output as it comes, with the number of the attempt that it is of. */
  onBytes?: (bytes: Buffer, attempt: number) => Promise<void> | undefined;
  progressEveryMs?: number;
};

export type RunEvent =
  | { type: "progress"; progress: Payload<"progress"> }
  | { type: "log"; side: SideRole; log: Payload<"log"> }
  | { type: "stream_status"; stream_status: Payload<"stream_status"> }
  | { type: "committed"; state: StateLine }
  | { type: "retry"; attempt: number; delayMs: number; incident: Incident };

/** A run that is under way. Its events may be iterated or left alone; `done` never rejects. */
export type Run = AsyncIterable<RunEvent> & { runId: string; done: Promise<Summary> };

const DEFAULT_RETRIES = 5;
const BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** A timer that is set to more is over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_LIMITS: RunLimits = {
  graceMs: 30_000,
  idleTimeoutMs: undefined,
  progressTimeoutMs: undefined,
  maxLineBytes: undefined,
  strict: false,
};

/** Starts a run: relays from source to destination, keeps the states, and accounts for every record, or fails. */
export function createRun(options: RunOptions): Run {
  const runId = options.runId ?? `run_${randomUUID()}`;
  const events = new EventQueue<RunEvent>({
    limit: 10_000,
    mayDrop: ({ type }) => type === "progress" || type === "log",
  });
  const mask = new RunMask({ ...options, runId });
  const runner = new Runner({ ...options, runId }, (event) => events.push(mask.event(event)));
  const done = runner
    .run()
    .then((summary) => mask.summary(summary))
    .finally(() => events.close());
  return { runId, done, [Symbol.asyncIterator]: () => events[Symbol.asyncIterator]() };
}

class Runner {
  readonly #options: RunOptions & { runId: string };
  readonly #tell: (event: RunEvent) => void;
  readonly #meter = new ProgressMeter();
  readonly #headway = new Headway();
  readonly #startedAtMs = performance.now();
  #attempt: Attempt | undefined;
  #attempts = 0;
  #statesSaved = 0;
  #streams: ConfiguredStream[] = [];

  constructor(options: RunOptions & { runId: string }, tell: (event: RunEvent) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  async run(): Promise<Summary> {
    const { signal, killSignal } = this.#options;
    const stop = () => this.#attempt?.stop();
    const kill = () => this.#attempt?.kill();
    signal?.addEventListener("abort", stop);
    killSignal?.addEventListener("abort", kill);
    let found: Incident | undefined;
    try {
      found = await this.#withStates();
    } catch (error) {
      // what was cut short by the end of the run is no failure
      found = isAborted(signal) ? undefined : caughtIncident("runner", "sluice", error);
    } finally {
      signal?.removeEventListener("abort", stop);
      killSignal?.removeEventListener("abort", kill);
    }
    return summarize({
      runId: this.#options.runId,
      pipelineId: this.#options.pipelineId,
      incident: found,
      stoppedBy: stopCode(signal),
      totals: this.#meter.totals(this.#attempt?.ledger.streams ?? new Map()),
      named: this.#options.named ?? new Set(),
      attempts: this.#attempts,
      statesSaved: this.#statesSaved,
      keepsRejected: this.#options.onRejected !== undefined,
      uncounted: this.#attempt?.ledger.uncounted ?? [],
      durationMs: Math.round(performance.now() - this.#startedAtMs),
    });
  }

  async #withStates(): Promise<Incident | undefined> {
    const { states, pipelineId, runId, force = false, plan } = this.#options;
    const opened = () => states.store.open({ pipelineId, runId, force });
    const open = await this.#patiently(() => (states.isDestination ? askedOf("destination", opened) : opened()));
    try {
      const { streams, startOver } = await this.#patiently(() => plan(open.states));
      this.#streams = streams;
      return await this.#untilDone(open, startOver);
    } finally {
      await open.close().catch((error: unknown) => this.#tellUnreleased(error));
    }
  }

  /** A lease that is not given back runs out by itself; how the run ended is decided by then. */
  #tellUnreleased(error: unknown): void {
    const { message } = caughtIncident("runner", "sluice", error);
    const said = `The states could not be released (${message}); the next run may have to wait for a moment.`;
    this.#tell({ type: "log", side: "runner", log: { level: "warn", message: said } });
  }

  /** Resolves to what `work` does, tried again after a passing failure; nothing has moved yet. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { retries = DEFAULT_RETRIES, signal } = this.#options;
    for (let failures = 1; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        const found = caughtIncident("runner", "sluice", error);
        if (!isRetryable(found) || failures > retries || isAborted(signal)) throw error;
        await this.#pause(found, failures);
        if (isAborted(signal)) throw error;
      }
    }
  }

  async #pause(found: Incident, failures: number): Promise<void> {
    const { signal } = this.#options;
    const delayMs = Math.min(Math.max(found.retryAfterMs ?? 0, backoffMs(failures)), MAX_TIMER_MS);
    this.#tell({ type: "retry", attempt: this.#attempts + 1, delayMs, incident: found });
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }

  /** Makes one attempt after the other; both sides begin anew with each, from what is committed. */
  async #untilDone(open: OpenStates, startOver: ReadonlySet<string>): Promise<Incident | undefined> {
    const { retries = DEFAULT_RETRIES, signal, killSignal } = this.#options;
    let failures = 0;
    for (;;) {
      if (isAborted(signal)) return undefined;
      this.#attempts += 1;
      const found = await this.#once(open, startOver);
      if (found === undefined || !isRetryable(found)) return found;
      // whoever comes further every time may go on; a state that covers no record is no progress
      const hasMoved = this.#headway.endAttempt() && (this.#attempt?.ledger.hasRecords ?? false);
      failures = hasMoved ? 1 : failures + 1;
      if (failures > retries || isAborted(signal) || isAborted(killSignal)) return found;
      this.#meter.keep(this.#attempt?.ledger.streams ?? new Map());
      await this.#pause(found, failures);
    }
  }

  async #once(open: OpenStates, startOver: ReadonlySet<string>): Promise<Incident | undefined> {
    const {
      source,
      destination,
      pipelineId,
      runId,
      force = false,
      live = false,
      inputs,
      states,
      limits,
      signal,
    } = this.#options;
    const { capabilities } = await source.spec();
    if (live && capabilities.live !== true)
      throw new SluiceError("config", `${source.name} cannot follow changes live; run it without --live.`);
    const attempt = new Attempt({
      source,
      destination,
      streams: this.#streams,
      pipelineId,
      runId,
      force: force && this.#attempts === 1,
      states: states.isDestination ? undefined : open.states,
      select: (stored) => this.#continuable(stored, startOver),
      live,
      hearsCommits: live,
      inputs: live && capabilities.inputs === true ? inputs : undefined,
      events: this.#events(open),
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
    this.#attempt = attempt;
    if (isAborted(signal)) attempt.stop();
    const tellProgress = () => {
      const lagMs = live ? attempt.ledger.lagMs : undefined;
      const progress = this.#meter.measure(attempt.ledger.streams, { nowMs: performance.now(), lagMs });
      this.#tell({ type: "progress", progress });
    };
    const timer = setInterval(tellProgress, this.#options.progressEveryMs ?? 1000);
    try {
      const found = await attempt.run();
      this.#warnOfLimits(attempt);
      return found;
    } finally {
      clearInterval(timer);
      tellProgress();
    }
  }

  #warnOfLimits(attempt: Attempt): void {
    for (const { stream, limit } of this.#streams) {
      const sent = attempt.ledger.streams.get(stream.name)?.records ?? 0;
      if (limit === undefined || sent <= limit) continue;
      const message = `The source sent ${sent} records of "${stream.name}", more than the limit of ${limit}; it does not know limits.`;
      this.#tell({ type: "log", side: "runner", log: { level: "warn", message } });
    }
  }

  /** A state of another generation belongs to another refresh; one of a stream that is not moved waits for its turn. */
  #continuable(stored: readonly StateLine[], startOver: ReadonlySet<string>): StateLine[] {
    const generations = new Map(this.#streams.map(({ stream, generation_id }) => [stream.name, generation_id]));
    return stored.filter(({ state }) => {
      // whatever is begun anew altogether does not go on from anywhere
      if (state.stream === undefined) return [...generations.keys()].some((stream) => !startOver.has(stream));
      if (!generations.has(state.stream)) return false;
      const isOfGeneration = state.generation_id === generations.get(state.stream);
      return isOfGeneration || (state.generation_id === undefined && !startOver.has(state.stream));
    });
  }

  #events(open: OpenStates): AttemptEvents {
    const { onRejected, onControl, onStreamEnd, onBytes } = this.#options;
    return {
      onLog: (side, log) => this.#tell({ type: "log", side, log }),
      onStatus: (status) => {
        if (status.status === "running" && status.range !== undefined) this.#meter.rangeDone(status.stream);
        this.#tell({ type: "stream_status", stream_status: status });
      },
      onStreamEnd: (status) => {
        this.#tell({ type: "stream_status", stream_status: status });
        return onStreamEnd?.(status);
      },
      onCommitted: async (state) => {
        await open.put(state);
        this.#statesSaved += 1;
        this.#headway.saved(state);
        this.#tell({ type: "committed", state });
      },
      onRejected: async (rejected, line) => onRejected?.(rejected, line),
      onControl: async (side, config) => onControl?.(side, config),
      onBytes: onBytes === undefined ? undefined : (bytes) => onBytes(bytes, this.#attempts),
    };
  }
}

function backoffMs(failures: number): number {
  return Math.min(BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS) * (0.5 + Math.random() / 2);
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
