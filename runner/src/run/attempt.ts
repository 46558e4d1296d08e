import { ExitCode, SluiceError, type ConfiguredStream, type Payload } from "@sluice/protocol";
import { CutLine, type StateLine } from "@sluice/protocol/stdio";
import { ChildInput } from "../relay/child-input.ts";
import { DestinationRelay } from "../relay/destination-relay.ts";
import { Ledger } from "../relay/ledger.ts";
import { SourceInbox, type PushedInputs } from "../relay/source-inbox.ts";
import { SourceRelay } from "../relay/source-relay.ts";
import type { Side, SideEnd } from "../side/side.ts";
import { readyStates } from "../state/state-lines.ts";
import { Child } from "./child.ts";
import { caughtIncident, incident, reportedIncident, type Incident, type SideRole } from "./incident.ts";
import { judgeDestination, judgeSource } from "./judgement.ts";
import { Watchdog } from "./watchdog.ts";

/** What an attempt tells while it goes on. Returned promises hold back the line behind. */
export type AttemptEvents = {
  onLog(role: SideRole, log: Payload<"log">): void;
  onStatus(status: Payload<"stream_status">): void;
  /** The end of a stream is durable. */
  onStreamEnd(status: Payload<"stream_status">): Promise<void> | undefined;
  onCommitted(state: StateLine): Promise<void>;
  onRejected(rejected: Payload<"rejected">, line: Buffer): Promise<void>;
  onControl(role: "source" | "destination", config: Record<string, unknown>): Promise<void>;
  onBytes?: ((bytes: Buffer) => Promise<void> | undefined) | undefined;
};

/** How long a run waits for what; undefined is for ever. */
export type RunLimits = {
  graceMs: number;
  /** Silence of both sides; in a live run that of a destination that owes an answer. */
  idleTimeoutMs: number | undefined;
  progressTimeoutMs: number | undefined;
  maxLineBytes: number | undefined;
  /** A line that is no message fails the run. */
  strict: boolean;
};

export type AttemptOptions = {
  source: Side;
  destination: Side;
  streams: readonly ConfiguredStream[];
  pipelineId: string;
  runId: string;
  force: boolean;
  /** The states to continue from; undefined when the destination keeps them and tells them in `ready`. */
  states: readonly StateLine[] | undefined;
  /** Yields those of the stored states that the source may continue from. */
  select(stored: readonly StateLine[]): readonly StateLine[];
  live: boolean;
  /** Whether the source listens to what is durable. */
  hearsCommits: boolean;
  /** Where events that were pushed wait for a source that takes them. */
  inputs: PushedInputs | undefined;
  events: AttemptEvents;
  limits: RunLimits;
};

/** What came before the end by force is still taken for so long; what then holds it back is left behind. */
const LAST_LOOK_MS = 2000;

/** One go at a pipeline: both sides started, everything relayed and accounted for, both sides ended. */
export class Attempt {
  readonly ledger: Ledger;
  readonly #options: AttemptOptions;
  readonly #watchdog: Watchdog;
  readonly #ready = Promise.withResolvers<readonly StateLine[] | undefined>();
  /** Rejects once nothing of this attempt is waited for any more. */
  readonly #abandoned = Promise.withResolvers<never>();
  #abandonTimer: NodeJS.Timeout | undefined;
  #source: Child | undefined;
  #destination: Child | undefined;
  #input: ChildInput | undefined;
  #inbox: SourceInbox | undefined;
  #incident: Incident | undefined;
  /** Failures of single streams that the source told. */
  readonly #streamFailures = new Map<string, Incident>();
  #isStopping = false;
  #sourceOverAtMs: number | undefined;
  #isDestinationOver = false;
  #isOver = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    // whoever waits hears of it
    this.#abandoned.promise.catch(() => {});
    this.ledger = new Ledger(options.streams);
    this.#watchdog = new Watchdog({
      ...options.limits,
      owedSince: options.live ? () => this.#sourceOverAtMs ?? this.ledger.oldestSentAtMs : undefined,
      bark: (reason) => {
        const message = `${reason}; look at what the last messages were about, and raise the limit if that is normal.`;
        this.#fail({ ...incident("runner", "transient", message), exitCode: ExitCode.timeout });
        this.kill();
      },
    });
  }

  /** Resolves to the failure that came first, or undefined when there was none. */
  async run(): Promise<Incident | undefined> {
    try {
      const destination = await this.#startDestination();
      const echoes = this.#relayEchoes(destination);
      const states = this.#options.states ?? (await this.#ready.promise);
      if (states !== undefined && !this.#isStopping && this.#incident === undefined) {
        await this.#relaySource(await this.#startSource(this.#options.select(states)));
        this.#inbox?.close();
      }
      this.#sourceOverAtMs = performance.now();
      this.#input?.end();
      this.#noteSettled();
      await echoes;
    } catch (error) {
      this.#fail(caughtIncident("runner", "sluice", error));
      this.kill();
    } finally {
      this.#watchdog[Symbol.dispose]();
      this.#isOver = true;
      clearTimeout(this.#abandonTimer);
      await this.#source?.running.releaseFiles();
      await this.#destination?.running.releaseFiles();
    }
    return this.#incident;
  }

  /** Asks the source to stop; the destination commits what came. What has not ended after the grace time is forced to. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#inbox?.close();
    this.#ready.resolve(undefined);
    void this.#source?.stop();
    setTimeout(() => this.kill(), 2 * this.#options.limits.graceMs).unref();
  }

  /** Ends both sides, and all that they started, at once. */
  kill(): void {
    if (this.#isOver) return;
    this.#inbox?.close();
    this.#source?.force();
    this.#destination?.force();
    this.#ready.resolve(undefined);
    // a place for states that does not answer is no process that could be ended
    const abandon = () =>
      this.#abandoned.reject(new SluiceError("transient", "What a side had said was not dealt with in time."));
    this.#abandonTimer ??= setTimeout(abandon, LAST_LOOK_MS);
  }

  #fail(found: Incident): void {
    this.#incident ??= found;
  }

  async #startDestination(): Promise<Child> {
    const { destination, pipelineId, runId, force, states, limits } = this.#options;
    const isKeeper = states === undefined;
    const running = await destination.start({
      verb: ["write"],
      flags: [
        ...(isKeeper ? ["--pipeline", pipelineId, "--run-id", runId, ...(force ? ["--force"] : [])] : []),
        ...(limits.maxLineBytes === undefined ? [] : ["--max-line-bytes", String(limits.maxLineBytes)]),
        ...(limits.strict ? ["--strict"] : []),
      ],
      files: { "--catalog": this.#catalogFile() },
    });
    this.#input = new ChildInput(running.stdin);
    this.#destination = this.#child("destination", running);
    return this.#destination;
  }

  async #startSource(states: readonly StateLine[]): Promise<Child> {
    const { source, live, hearsCommits, inputs } = this.#options;
    const running = await source.start({
      verb: ["read"],
      flags: live ? ["--live"] : [],
      files: {
        "--catalog": this.#catalogFile(),
        ...(states.length === 0 ? {} : { "--state": states.map(({ line }) => `${line.toString()}\n`).join("") }),
      },
    });
    // that it does not listen is no failure
    running.stdin.on("error", () => {});
    this.#source = this.#child("source", running);
    if (hearsCommits) this.#feedSource(new SourceInbox(running.stdin, inputs));
    else running.stdin.end();
    // while it was being started
    if (this.#isStopping || this.#isDestinationOver) void this.#source.stop();
    return this.#source;
  }

  #feedSource(inbox: SourceInbox): void {
    this.#inbox = inbox;
    inbox.feed().catch((error: unknown) => {
      this.#fail(caughtIncident("runner", "sluice", error));
      this.stop();
    });
  }

  #child(role: "source" | "destination", running: Child["running"]): Child {
    const { events, limits, [role]: side } = this.#options;
    const warn = (message: string) => events.onLog("runner", { level: "warn", message });
    return new Child({ name: side.name, running, graceMs: limits.graceMs, warn });
  }

  /** Takes the destination's echoes until its output ends, and then judges how it ended. */
  async #relayEchoes(child: Child): Promise<void> {
    const { destination, events, limits } = this.#options;
    const relay = new DestinationRelay({
      ledger: this.ledger,
      strict: limits.strict,
      maxLineBytes: limits.maxLineBytes,
      events: {
        onLine: () => this.#watchdog.echo(),
        onReady: (line) => {
          // whoever is ready has read its files, and so has whoever answers; a banner says nothing
          void child.running.releaseFiles();
          this.#ready.resolve(readyStates(line));
        },
        onCommitted: async (committed) => {
          this.#watchdog.progress();
          void child.running.releaseFiles();
          await events.onCommitted(committed);
          this.#tellSource(committed.state);
          this.#noteSettled();
        },
        onStreamEnd: (status) => {
          this.#watchdog.progress();
          void child.running.releaseFiles();
          this.#noteSettled();
          return events.onStreamEnd(status);
        },
        onRejected: (rejected, line) => events.onRejected(rejected, line),
        onLog: (log) => events.onLog("destination", { ...log, message: destination.mask(log.message) }),
        onError: (error) => this.#fail(reportedIncident("destination", destination, error)),
        onControl: (config) => events.onControl("destination", config),
      },
    });
    void child.cutOffLingering(() => true);
    const end = await this.#relayed("destination", { child, relay });
    this.#incident = judgeDestination(child, end, {
      incident: this.#incident,
      isInputExpected: this.#sourceOverAtMs === undefined && !this.#isStopping,
      isIncomplete: this.ledger.isIncomplete,
      unanswered: this.#isStopping ? [] : this.ledger.unanswered,
    });
    this.#ready.resolve(undefined);
    this.#isDestinationOver = true;
    // nobody takes what it would still send
    if (this.#sourceOverAtMs === undefined) void this.#source?.stop();
  }

  /** Relays what the source says until its output ends, and then judges how it ended. */
  async #relaySource(child: Child): Promise<void> {
    const { source, events, limits } = this.#options;
    const input = this.#input as ChildInput;
    const relay = new SourceRelay({
      ledger: this.ledger,
      input,
      maxLineBytes: limits.maxLineBytes,
      strict: limits.strict,
      events: {
        onLine: () => this.#watchdog.line(),
        onProgress: () => this.#watchdog.progress(),
        onLog: (log) => events.onLog("source", { ...log, message: source.mask(log.message) }),
        onError: (error) => {
          const found = reportedIncident("source", source, error);
          if (error.stream === undefined) this.#fail(found);
          // a failure of one stream leaves the others be; its status follows
          else if (!this.#streamFailures.has(error.stream)) this.#streamFailures.set(error.stream, found);
        },
        onControl: (config) => events.onControl("source", config),
        onStatus: (status) => {
          if (this.ledger.unended.length === 0)
            child.hasSaidItsLast(() => input.isFull || child.running.stdout.readableLength > 0);
          events.onStatus(status.reason === undefined ? status : { ...status, reason: source.mask(status.reason) });
        },
        onCatalog: () => void child.running.releaseFiles(),
        ...(events.onBytes === undefined ? {} : { onBytes: events.onBytes }),
      },
    });
    void child.cutOffLingering(() => !input.isFull);
    const end = await this.#relayed("source", { child, relay });
    this.#incident = judgeSource(child, end, {
      incident: this.#incident,
      isStopping: this.#isStopping,
      unended: this.ledger.unended,
      isIncomplete: this.ledger.isIncomplete,
      denied: this.#deniedFailure(),
    });
  }

  /** Relays a side's output to its end, and resolves to how the side ended. */
  async #relayed(
    role: "source" | "destination",
    { child, relay }: { child: Child; relay: SourceRelay | DestinationRelay },
  ): Promise<SideEnd> {
    let cut: Incident | undefined;
    try {
      await Promise.race([relay.run(child.running.stdout), this.#abandoned.promise]);
    } catch (error) {
      const isItsOwn = !child.isForced && !child.wasCutOff;
      if (isItsOwn && error instanceof CutLine) cut = caughtIncident(role, child.name, error);
      else {
        if (isItsOwn) this.#fail(caughtIncident(role, child.name, error));
        // what it says from here on cannot be trusted, and nobody reads it
        child.force();
      }
    }
    const end = await child.ended();
    // of one that was killed, half a line is no more than the symptom
    if (cut !== undefined && (child.isForced || end.signal === undefined)) this.#fail(cut);
    return end;
  }

  #deniedFailure(): Incident | undefined {
    return [...this.#streamFailures].find(([stream]) => this.ledger.streams.get(stream)?.status === "complete")?.[1];
  }

  /** All that was sent has come back: nothing more has to come of the destination. */
  #noteSettled(): void {
    if (this.#sourceOverAtMs !== undefined && this.ledger.isSettled) this.#destination?.hasSaidItsLast();
  }

  /** Of several streams only a global state covers the records of all, and so what was pushed. */
  #tellSource({ seq, stream, inputs_through: through }: Payload<"state">): void {
    const isWhole = stream === undefined || this.#options.streams.length === 1;
    this.#inbox?.committed({ seq, ...(isWhole && through !== undefined ? { inputs_through: through } : {}) });
  }

  /** A destination keeps states under the id that it finds there, so it finds one only where it is to keep them. */
  #catalogFile(): string {
    const { streams, pipelineId, states } = this.#options;
    return JSON.stringify({ streams, ...(states === undefined ? { pipeline_id: pipelineId } : {}) });
  }
}
