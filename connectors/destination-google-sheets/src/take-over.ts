import { createHash } from "node:crypto";
import { SluiceError } from "@sluice/protocol";
import { dataText, type StateLine, type StoredState } from "@sluice/protocol/stdio";
import type { ChangeRequest, ValueRange } from "./google/sheets-api.ts";
import type { File, NamedRange } from "./document/file.ts";
import { LEDGER_NOTE, type EntryChange, type Ledger } from "./document/ledger.ts";

/**
 * A write process among those of its pipeline. Its epoch is in the name of a named range of the file, which the next
 * process replaces; each write goes to that range as well, and Google refuses all of a write of which one range is gone.
 */
export class Writer {
  readonly pipelineId: string;
  readonly epoch: number;
  readonly #rangeName: string;

  constructor(pipelineId: string, epoch: number) {
    this.pipelineId = pipelineId;
    this.epoch = epoch;
    this.#rangeName = rangeName(pipelineId, epoch);
  }

  /** Tells rows that this pipeline has appended from those of others. */
  get mark(): string {
    return pipelineHash(this.pipelineId);
  }

  /** Yields what a write of values has with it. */
  fence(): ValueRange {
    return { range: this.#rangeName, values: [[LEDGER_NOTE]] };
  }

  /** Yields what a change of the file has with it: it changes nothing, and fails for a process that was replaced. */
  fenceRequest(file: File): ChangeRequest {
    const own = file.namedRanges.find(({ name }) => name === this.#rangeName);
    if (own === undefined) throw this.fenced();
    return { updateNamedRange: { namedRange: { namedRangeId: own.id, name: own.name }, fields: "name" } };
  }

  /** Throws `protocol` when a newer process of the pipeline has taken over. */
  assertNewest(file: File): void {
    if (!file.namedRanges.some(({ name }) => name === this.#rangeName)) throw this.fenced();
  }

  fenced(): SluiceError {
    return new SluiceError(
      "protocol",
      `Another write of the pipeline "${this.pipelineId}" has taken over (this one has epoch ${this.epoch}); this one ends, and what it has committed stays.`,
    );
  }
}

/** Yields the requests by which a new write process replaces the last one of its pipeline, and its epoch. */
export function takeOverRequests(
  file: File,
  { pipelineId, ledgerId }: { pipelineId: string; ledgerId: number },
): { epoch: number; requests: ChangeRequest[] } {
  const older = writersOf(file, pipelineId);
  const epoch = Math.max(0, ...older.map((range) => range.epoch)) + 1;
  const range = { sheetId: ledgerId, startRowIndex: 0, endRowIndex: 1, startColumnIndex: 0, endColumnIndex: 1 };
  return {
    epoch,
    requests: [
      ...older.map(({ id }) => ({ deleteNamedRange: { namedRangeId: id } })),
      { addNamedRange: { namedRange: { name: rangeName(pipelineId, epoch), range } } },
    ],
  };
}

/** Yields the requests that remove the named range of a pipeline. */
export function forgetWriterRequests(file: File, pipelineId: string): ChangeRequest[] {
  return writersOf(file, pipelineId).map(({ id }) => ({ deleteNamedRange: { namedRangeId: id } }));
}

/** Yields the states that a ledger keeps of a pipeline. */
export function storedStates(ledger: Ledger | undefined, pipelineId: string): StoredState[] {
  const states: StoredState[] = [];
  for (const [name, text] of ledger?.all("state") ?? []) {
    const [pipeline, scope, stream] = JSON.parse(name) as [string, StoredState["scope"], string];
    if (pipeline !== pipelineId) continue;
    // the data is kept as it came: a parse would change numbers that JavaScript cannot hold
    const end = text.indexOf("\n");
    const head = JSON.parse(text.slice(0, end)) as Pick<StoredState, "epoch" | "seq" | "generation_id">;
    states.push({ scope, stream, ...head, data: text.slice(end + 1) });
  }
  return states;
}

/** Yields the change that keeps a state. */
export function stateChange(pipelineId: string, epoch: number, { state, line }: StateLine): EntryChange {
  const head = JSON.stringify({ epoch, seq: state.seq, generation_id: state.generation_id ?? null });
  const name = stateName(pipelineId, state.scope, state.stream ?? "");
  return { kind: "state", name, text: `${head}\n${dataText(line)}` };
}

/** Yields the changes that forget all states of a pipeline, and how far its appended rows had come. */
export function forgetChanges(ledger: Ledger | undefined, pipelineId: string): EntryChange[] {
  return (["state", "end"] as const).flatMap((kind) =>
    [...(ledger?.all(kind) ?? [])]
      .filter(([name]) => (JSON.parse(name) as string[])[0] === pipelineId)
      .map(([name]) => ({ kind, name, text: undefined })),
  );
}

/** Yields how many rows a pipeline has appended to a stream and committed; none when it never did. */
export function committedEnd(ledger: Ledger, pipelineId: string, stream: string): number {
  return Number(ledger.get("end", endName(pipelineId, stream)) ?? 0);
}

/** Yields the change that keeps how many rows a pipeline has appended. */
export function endChange(pipelineId: string, stream: string, end: number): EntryChange {
  return { kind: "end", name: endName(pipelineId, stream), text: String(end) };
}

function stateName(pipelineId: string, scope: string, stream: string): string {
  return JSON.stringify([pipelineId, scope, stream]);
}

function endName(pipelineId: string, stream: string): string {
  return JSON.stringify([pipelineId, stream]);
}

function writersOf({ namedRanges }: File, pipelineId: string): (NamedRange & { epoch: number })[] {
  const prefix = rangeName(pipelineId, "");
  return namedRanges
    .filter(({ name }) => name.startsWith(prefix))
    .map((range) => ({ ...range, epoch: Number(range.name.slice(prefix.length)) }));
}

function rangeName(pipelineId: string, epoch: number | string): string {
  return `sluice_writer_${pipelineHash(pipelineId)}_${epoch}`;
}

function pipelineHash(pipelineId: string): string {
  return createHash("sha256").update(pipelineId).digest("hex").slice(0, 12);
}
