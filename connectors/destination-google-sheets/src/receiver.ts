import { SluiceError, type ConfiguredStream, type Payload } from "@sluice/protocol";
import {
  log,
  readyLine,
  type CommitPoint,
  type Receiver,
  type RecordLine,
  type Replies,
  type ResumedFrom,
  type WriteContext,
} from "@sluice/protocol/stdio";
import { answeredPoints, type Batch, type PendingPoint } from "./batch.ts";
import type { Config } from "./config.ts";
import { SheetsApi } from "./google/sheets-api.ts";
import { assertContinuable, openStreams, type Opened } from "./opened-stream.ts";
import { SheetWriter } from "./sheet-writer.ts";
import { Tally } from "./tally.ts";

/** What a record costs beside its bytes while it waits. */
const RECORD_BYTES = 64;

/** Resolves to the receiver of one write process: tabs made, and with a pipeline, older processes fenced. */
export async function openReceiver(config: Config, context: WriteContext & { replies: Replies }): Promise<Receiver> {
  const startedAt = new Date().toISOString();
  const api = await SheetsApi.open(config);
  const opened = await openStreams(api, { config, streams: context.streams, context, startedAt });
  return new SheetsReceiver({ api, config, context, opened, startedAt });
}

type SheetsReceiverOptions = {
  api: SheetsApi;
  config: Config;
  context: WriteContext & { replies: Replies };
  opened: Opened;
  startedAt: string;
};

/** Gathers records and points, and writes them when there are enough, or enough time has passed. */
class SheetsReceiver implements Receiver {
  readonly ready?: string;
  readonly #options: SheetsReceiverOptions;
  readonly #tally: Tally;
  readonly #writer: SheetWriter;
  #points: PendingPoint[] = [];
  #rejections: Payload<"rejected">[] = [];
  #pendingBytes = 0;
  #isPending = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #submitting: Promise<void> | undefined;

  constructor(options: SheetsReceiverOptions) {
    const { api, config, opened } = options;
    this.#options = options;
    this.#tally = new Tally(config);
    this.#writer = new SheetWriter({ api, config, opened, tally: this.#tally });
    if (opened.writer !== undefined) this.ready = readyLine(opened.writer.epoch, opened.states);
  }

  /** The checks that the opening makes when it knows already what the source continued from. */
  resumed(resumedFrom: ResumedFrom): void {
    const { writer, states, streams } = this.#options.opened;
    if (writer === undefined) return;
    const shapes = streams.map(({ shape }) => shape);
    assertContinuable(resumedFrom, { states, shapes, targets: streams });
  }

  record(record: RecordLine): Promise<void> | undefined {
    const { fate, altered, rejected } = this.#writer.file.stream(record.stream).rows.take(record);
    this.#tally.count(record.stream, fate);
    this.#tally.countAltered(record.stream, altered);
    if (rejected !== undefined) this.#rejections.push(rejected);
    this.#pendingBytes += record.data.length + RECORD_BYTES;
    return this.#isFull() ? this.#submit() : this.#wait();
  }

  point(point: CommitPoint): Promise<void> | undefined {
    this.#assertGeneration(point);
    if (point.type === "status" && point.status.sweep_version !== undefined)
      log(
        "warn",
        `Nothing of "${point.status.stream}" is swept: rows that are gone at the source without a delete stay.`,
      );
    const appended = this.#writer.file.streams.filter(({ rows }) => rows.isAppended);
    const ends = new Map(appended.map(({ shape, rows }) => [shape.name, rows.appended]));
    this.#points.push({ point, counts: this.#tally.all(), ends });
    this.#pendingBytes += point.line.length + RECORD_BYTES;
    return this.#isFull() ? this.#submit() : this.#wait();
  }

  async schema(streams: ConfiguredStream[]): Promise<void> {
    await this.#drain();
    const { api, config, context, startedAt, opened } = this.#options;
    const { writer } = opened;
    const appended = new Map(this.#writer.file.streams.map(({ shape, rows }) => [shape.name, rows.appended]));
    const more = await openStreams(api, { config, streams, context, startedAt, writer, appended });
    for (const stream of more.streams) this.#writer.file.add(stream);
    Object.assign(opened, { ledger: more.ledger, overview: more.overview });
  }

  async end(): Promise<void> {
    this.#stopTimer();
    await this.#submitting;
    await this.#writing;
    await this.#write(this.#seal(), true);
  }

  async abort(): Promise<void> {
    this.#stopTimer();
    this.#options.api.stop();
    // it was reported when it failed
    await this.#writing.catch(() => {});
  }

  #isFull(): boolean {
    return this.#pendingBytes >= this.#options.config.max_batch_bytes;
  }

  /** Writes what waits; resolves when more may come: while one batch is written the next one fills. */
  #submit(): Promise<void> {
    this.#stopTimer();
    this.#submitting ??= this.#writing
      .then(() => {
        this.#writing = this.#write(this.#seal(), false);
        // whoever drains sees it as well; the failure must also end an input that is waited for
        this.#writing.catch((error: unknown) => this.#options.context.replies.failed(error));
      })
      .finally(() => {
        this.#submitting = undefined;
      });
    return this.#submitting;
  }

  async #drain(): Promise<void> {
    while (this.#isPending) await this.#submit();
    await this.#writing;
  }

  #seal(): Batch {
    this.#isPending = false;
    this.#pendingBytes = 0;
    const [points, rejections] = [this.#points, this.#rejections];
    [this.#points, this.#rejections] = [[], []];
    const rows = new Map(this.#writer.file.streams.map((stream) => [stream.shape.name, stream.rows.seal()]));
    return { rows, points, rejections };
  }

  async #write(batch: Batch, isLast: boolean): Promise<void> {
    const { replies } = this.#options.context;
    const { points, rejections } = batch;
    for (const rejected of rejections) await replies.rejected(rejected);
    this.#tally.assertBearable(rejections);
    await this.#writer.write(batch, isLast);
    const epoch = this.#options.opened.writer?.epoch;
    for (const { point, counts } of answeredPoints(points)) await replies.committed(point, counts, epoch);
  }

  /** Throws `protocol` for a state or a status of another full refresh than the one that is being loaded. */
  #assertGeneration(point: CommitPoint): void {
    const stream = point.type === "state" ? point.state.stream : point.status.stream;
    if (stream === undefined) return;
    const told = point.type === "state" ? point.state.generation_id : point.status.generation_id;
    const own = this.#writer.file.stream(stream).shape.generationId;
    if (told === undefined || own === undefined || told === own) return;
    throw new SluiceError(
      "protocol",
      `The stream "${stream}" is told to be of the generation "${told}", but this run loads "${own}"; the source must be fixed, or started from its beginning.`,
    );
  }

  #wait(): undefined {
    this.#isPending = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // a failure is told by `failed`
      this.#submit().catch(() => {});
    }, this.#options.config.checkpoint_interval_ms);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
