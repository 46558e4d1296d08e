import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import { assertResumable, type ResumedFrom, type StoredState, type WriteContext } from "@sluice/protocol/stdio";
import type { Config } from "./config.ts";
import type { Layout } from "./document/layout.ts";
import type { Ledger } from "./document/ledger.ts";
import { planStreams, type Plan, type Target } from "./document/plan.ts";
import { readRows } from "./document/rows.ts";
import { readSnapshot, type Snapshot } from "./document/snapshot.ts";
import { isAppended, shapeOf, type StreamShape } from "./document/stream-shape.ts";
import type { Overview } from "./document/overview.ts";
import type { TabEntry } from "./document/tab-entry.ts";
import { generationIdOf, planGeneration, type Generation } from "./generation.ts";
import { isRefusal, isUnknownOutcome } from "./google/failure.ts";
import type { ChangeRequest, SheetsApi } from "./google/sheets-api.ts";
import { StreamRows } from "./stream-rows.ts";
import { Writer, committedEnd, endChange, storedStates, takeOverRequests } from "./take-over.ts";

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 300;

/** A stream that is ready to be written. */
export type OpenedStream = {
  shape: StreamShape;
  rows: StreamRows;
  /** The tab that people see. */
  live: Layout;
  entry: TabEntry;
  generation: Generation | undefined;
  isNew: boolean;
};

/** A file that is ready to be written. */
export type Opened = {
  ledger: Ledger;
  /** None once a person has removed it. */
  overview: Overview | undefined;
  streams: OpenedStream[];
  writer: Writer | undefined;
  states: StoredState[];
};

export type OpenOptions = {
  config: Config;
  streams: readonly ConfiguredStream[];
  context: Pick<WriteContext, "pipelineId" | "resumedFrom">;
  /** When this write process began, ISO 8601: names a full refresh that has no other name. */
  startedAt: string;
  /** The write process, where streams are added to one that is under way. */
  writer?: Writer | undefined;
  /** Of streams that this process writes already, how many rows it has appended: they stay, committed or not. */
  appended?: ReadonlyMap<string, number>;
};

/** Resolves to a file with a tab for each stream, all of them planned before anything is changed. */
export async function openStreams(api: SheetsApi, options: OpenOptions): Promise<Opened> {
  const { plan, writer, generations, states } = await prepare(api, options);
  const mark = writer?.mark ?? randomBytes(6).toString("hex");
  const streams = plan.targets.map((target): OpenedStream => {
    const generation = generations.get(target.shape.name);
    const committed = writer === undefined ? 0 : committedEnd(plan.ledger, writer.pipelineId, target.shape.name);
    const end = options.appended?.get(target.shape.name) ?? committed;
    const layout = generation?.staging ?? target.layout;
    const rejectsUnfit = options.config.on_unfit === "reject";
    const rows = new StreamRows({ shape: target.shape, layout, writerMark: mark, committedEnd: end, rejectsUnfit });
    return { shape: target.shape, rows, live: target.layout, entry: target.entry, generation, isNew: target.isNew };
  });
  const ends = new Map(streams.map(({ shape, rows }) => [shape.name, rows.appended]));
  await learnRows(api, { streams: streams.filter(({ isNew }) => !isNew), ends });
  const emptied = streams.flatMap(({ rows }) => emptyRequests(rows.layout, rows.dropUncommitted()));
  await api.change(emptied, { doing: "removing rows that were never committed" });
  const { ledger, overview } = plan;
  return { ledger, overview, streams, writer, states };
}

/** Lets streams learn what is in their tabs; a refresh keeps the rows of keys where a person may have put notes beside them. */
export async function learnRows(
  api: SheetsApi,
  { streams, ends }: { streams: readonly OpenedStream[]; ends: ReadonlyMap<string, number> },
): Promise<void> {
  const kept = streams.filter(keepsPlaces);
  const questions = [
    ...streams.map(({ rows, shape }) => ({ layout: rows.layout, keyProperties: shape.keyProperties })),
    ...kept.map(({ live, shape }) => ({ layout: live, keyProperties: shape.keyProperties })),
  ];
  const found = await readRows(api, questions);
  for (const [index, { rows, shape }] of streams.entries()) {
    const of = found[index];
    if (of !== undefined) rows.learn(of, ends.get(shape.name) ?? 0);
  }
  for (const [index, { rows, live, shape }] of kept.entries()) {
    const of = found[streams.length + index];
    if (of === undefined) continue;
    const old = new StreamRows({ shape, layout: live, writerMark: "", committedEnd: 0, rejectsUnfit: false });
    old.learn(of, 0);
    rows.keepRows(old.keptRows(), of.nextRow);
  }
}

function keepsPlaces({ generation, rows, live }: OpenedStream): boolean {
  return generation !== undefined && !rows.isAppended && live.isShared;
}

/** Yields the requests that empty our own columns of some rows. */
function emptyRequests(layout: Layout, rows: readonly number[]): ChangeRequest[] {
  const sheetId = layout.tab.sheetId;
  const requests: ChangeRequest[] = [];
  for (const [startRow, endRow] of spans(rows)) {
    for (const { start, properties } of layout.runs) {
      const columns = { startColumnIndex: start, endColumnIndex: start + properties.length };
      const range = { sheetId, startRowIndex: startRow, endRowIndex: endRow, ...columns };
      requests.push({ repeatCell: { range, cell: {}, fields: "userEnteredValue" } });
    }
  }
  return requests;
}

function spans(rows: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const row of rows.toSorted((one, other) => one - other)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === row) last[1] = row + 1;
    else found.push([row, row + 1]);
  }
  return found;
}

type Prepared = {
  plan: Plan;
  writer: Writer | undefined;
  states: StoredState[];
  generations: Map<string, Generation>;
};

/**
 * Plans, and carries the plan out in one request. Where another process or a person was faster, or nobody knows whether it
 * was done, everything is read and planned anew.
 */
async function prepare(api: SheetsApi, options: OpenOptions): Promise<Prepared> {
  const shapes = options.streams.map(shapeOf);
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = await readSnapshot(api);
    const plan = planStreams(snapshot, shapes, options.config);
    const states =
      options.context.pipelineId === undefined ? [] : storedStates(plan.ledger, options.context.pipelineId);
    if (options.context.pipelineId !== undefined && options.context.resumedFrom !== undefined)
      assertContinuable(options.context.resumedFrom, { states, shapes, targets: plan.targets });
    const generations = planGenerations(plan, snapshot, options);
    const taking = takeOver(plan, snapshot, options);
    const staged = plan.ledger.stage(newestChanges(plan.changes));
    const requests = [...plan.requests, ...staged.requests, ...taking.requests];
    try {
      await api.change(requests, { doing: "preparing the tabs", isRepeatable: false });
      staged.kept();
      return { plan, writer: taking.writer, states, generations };
    } catch (error) {
      if ((!isRefusal(error) && !isUnknownOutcome(error)) || attempt === ATTEMPTS) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** attempt * Math.random());
    }
  }
}

function planGenerations(plan: Plan, snapshot: Snapshot, { context, startedAt }: OpenOptions): Map<string, Generation> {
  const generations = new Map<string, Generation>();
  for (const target of plan.targets) {
    if (target.shape.mode !== "overwrite") continue;
    const isResumed = (context.resumedFrom ?? []).some(({ stream }) => stream === target.shape.name);
    const id = generationIdOf(target.shape, { isResumed, startedAt });
    const generation = planGeneration(plan, target, { id, snapshot });
    if (generation !== undefined) generations.set(target.shape.name, generation);
  }
  return generations;
}

/** A process that begins takes over; one that is under way only shows that nobody has. */
function takeOver(
  plan: Plan,
  { file }: Snapshot,
  { context: { pipelineId }, writer }: OpenOptions,
): { writer: Writer | undefined; requests: ChangeRequest[] } {
  if (writer !== undefined) return { writer, requests: [writer.fenceRequest(file)] };
  if (pipelineId === undefined) return { writer: undefined, requests: [] };
  const { epoch, requests } = takeOverRequests(file, { pipelineId, ledgerId: plan.ledger.sheetId });
  // where rows are appended, those of a run that dies before its first state are known by what was committed before
  for (const { shape } of plan.targets) {
    if (!isAppended(shape)) continue;
    plan.changes.push(endChange(pipelineId, shape.name, committedEnd(plan.ledger, pipelineId, shape.name)));
  }
  return { writer: new Writer(pipelineId, epoch), requests };
}

/** Of several changes of one entry the last counts. */
function newestChanges(changes: Plan["changes"]): Plan["changes"] {
  return [...new Map(changes.map((change) => [`${change.kind} ${change.name}`, change])).values()];
}

/**
 * Throws `config` when the source continued from a state that was never committed here, or from one whose tab is gone: rows
 * would be missing; or where rows are appended, from an older one: they would come twice.
 */
export function assertContinuable(
  resumedFrom: ResumedFrom,
  options: {
    states: readonly StoredState[];
    shapes: readonly StreamShape[];
    targets: readonly Pick<Target, "shape" | "isNew">[];
  },
): void {
  const { states, shapes, targets } = options;
  const appended = new Map(shapes.filter(isAppended).map(({ name, generationId }) => [name, generationId]));
  assertResumable(resumedFrom, { stored: states, appended });
  const created = new Set(targets.filter(({ isNew }) => isNew).map(({ shape }) => shape.name));
  const orphan = states.find(({ stream }) => created.has(stream) && resumedFrom.some((from) => from.stream === stream));
  if (orphan === undefined) return;
  throw new SluiceError(
    "config",
    `The source continues the stream "${orphan.stream}", whose tab is gone; forget its states with "checkpoint clear" and load it from its beginning.`,
  );
}
