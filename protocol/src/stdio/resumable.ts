import { SluiceError } from "../failure.ts";
import type { Payload } from "../message.ts";
import type { StoredState } from "./stored-state.ts";

/** What the source says it continued from. */
export type ResumedFrom = NonNullable<Payload<"catalog">["resumed_from"]>;

export type ResumableOptions = {
  stored: readonly StoredState[];
  /**
   * Streams whose records are appended, with the generation that this run is of: within one generation an older
   * state, or none, would bring rows twice.
   */
  appended?: ReadonlyMap<string, string | undefined>;
};

/**
 * Throws `config` when the source continued from a state that was never committed here: the rows between would
 * be missing. An older state, or none, only repeats rows that merge into themselves; rows that are appended it would
 * double, so there it is refused, too.
 */
export function assertResumable(resumedFrom: ResumedFrom, { stored, appended = new Map() }: ResumableOptions): void {
  for (const { scope, stream, epoch = 0, seq } of resumedFrom) {
    const known = stored.find((state) => state.scope === scope && state.stream === (stream ?? ""));
    if (known !== undefined && (epoch < known.epoch || (epoch === known.epoch && seq <= known.seq))) continue;
    throw refused(
      { scope, stream: stream ?? "", epoch, seq },
      'The source continued from $, which is newer than what is committed here; give it the output of "checkpoint get", or no state.',
    );
  }
  for (const state of stored) {
    if (!isOfAppended(state, appended)) continue;
    const { scope, stream, epoch, seq } = state;
    const isSame = resumedFrom.some(
      (from) => from.scope === scope && (from.stream ?? "") === stream && from.epoch === epoch && from.seq === seq,
    );
    if (isSame) continue;
    throw refused(
      state,
      'The source did not continue from $, which is committed here, so rows would be appended twice; give it the output of "checkpoint get", or forget the states with "checkpoint clear".',
    );
  }
}

function isOfAppended(
  { scope, stream, generation_id }: StoredState,
  appended: ReadonlyMap<string, string | undefined>,
): boolean {
  if (scope === "global") return appended.size > 0;
  const generation = appended.get(stream);
  const isOtherRefresh = generation_id !== null && generation !== undefined && generation_id !== generation;
  return appended.has(stream) && !isOtherRefresh;
}

type Place = Pick<StoredState, "scope" | "stream" | "epoch" | "seq">;

function refused({ scope, stream, epoch, seq }: Place, sentence: string): SluiceError {
  const what = scope === "global" ? "a global state" : `a state of the stream "${stream}"`;
  return new SluiceError(
    "config",
    sentence.replace("$", () => `${what} (epoch ${epoch}, seq ${seq})`),
  );
}
