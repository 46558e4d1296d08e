import type { Schemas } from "../api/client.ts";

export type ShownState = Schemas["States"]["states"][number];

/** How the state of all streams is called. */
const ALL_STREAMS = "All streams";

export function streamName({ stream }: Pick<ShownState, "stream">): string {
  return stream ?? ALL_STREAMS;
}

/** Yields when a state of the past became durable, ISO 8601. */
export function committedAt({ line }: Pick<ShownState, "line">): string | undefined {
  const { state } = JSON.parse(line) as { state: { committed_at?: string } };
  return state.committed_at;
}

/** Yields the states of one stream, the newest first. */
export function historyOf(states: readonly ShownState[], stream: string | null): ShownState[] {
  return states.filter((each) => each.stream === stream).toReversed();
}

/** Yields all states with that of one stream replaced, as lines. */
export function withLine(states: readonly ShownState[], stream: string | null, line: string): string[] {
  const lines = states.map((each) => (each.stream === stream ? line : each.line));
  return states.some((each) => each.stream === stream) ? lines : [...lines, line];
}
