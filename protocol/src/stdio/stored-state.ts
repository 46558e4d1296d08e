import { scanMembers } from "./json-scan.ts";

/** A state that is stored, with its data as the text that came. */
export type StoredState = {
  scope: "stream" | "global";
  stream: string;
  epoch: number;
  seq: number;
  generation_id: string | null;
  data: string;
};

/** A stored state and when it was committed, ISO 8601 in UTC. */
export type PastState = StoredState & { committed_at: string };

/** Yields the state line, without LF, of a stored state. */
export function stateLine(state: StoredState): string {
  return `{"type":"state","state":${statePayload(state)}}`;
}

/** Yields the state line, without LF, of a state of the past; `--state` takes it like any other. */
export function historyLine(state: PastState): string {
  return `{"type":"state","state":${statePayload(state, { committed_at: state.committed_at })}}`;
}

/** Yields the ready line, without LF, of a writer that took an epoch. */
export function readyLine(epoch: number, states: readonly StoredState[]): string {
  return `{"type":"ready","ready":{"epoch":${epoch},"states":[${states.map((state) => statePayload(state)).join(",")}]}}`;
}

/** Yields the text of the state's data as it came: a parse would change numbers that JavaScript cannot hold. */
export function dataText(line: Buffer): string {
  const state = scanMembers(line, ["state"])?.[0];
  return (state === undefined ? undefined : scanMembers(state, ["data"])?.[0])?.toString() ?? "null";
}

function statePayload({ scope, stream, epoch, seq, generation_id, data }: StoredState, more: object = {}): string {
  const head = {
    seq,
    scope,
    ...(scope === "stream" ? { stream } : {}),
    ...(generation_id === null ? {} : { generation_id }),
    epoch,
    ...more,
  };
  return `${JSON.stringify(head).slice(0, -1)},"data":${data}}`;
}
