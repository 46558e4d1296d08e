import { SluiceError, type ConfiguredStream, type Payload } from "@sluice/protocol";
import { check, configureStreams, discover, dryRunSetup, type Pipeline, type Side } from "@sluice/runner";
import type { RunOptions } from "../store/runs.ts";

type Access = Payload<"connection_status">;

/** What a run would do: who answers, which streams are moved how, and what the destination would carry out first. */
export type Plan = {
  source: Access;
  destination: Access;
  streams: (Pick<ConfiguredStream, "sync_mode" | "destination_mode"> & {
    stream: string;
    access: "granted" | "denied" | "unavailable";
    message?: string;
  })[];
  /** Null where the destination needs nothing, or cannot be asked. */
  statements: string | null;
};

export type PlanOptions = {
  source: Side;
  destination: Side;
  selections: Pipeline["streams"];
  options: RunOptions;
  signal: AbortSignal;
};

/** Resolves to what a run would do; nothing is changed. Throws what is wrong with the choice of streams. */
export async function planRun({ source, destination, selections, options, signal }: PlanOptions): Promise<Plan> {
  const [access, room] = await Promise.all([asked(source, signal), asked(destination, signal)]);
  if (access.status === "failed") return { source: access, destination: room, streams: [], statements: null };
  const overrides = {
    select: options.select,
    limit: options.limit,
    since: options.since === undefined ? undefined : new Date(options.since),
    until: options.until === undefined ? undefined : new Date(options.until),
  };
  const streams = configureStreams(await discover(source, { signal }), selections, overrides);
  const statements =
    room.status === "failed" ? undefined : await dryRunSetup(destination, JSON.stringify({ streams }), { signal });
  return {
    source: access,
    destination: room,
    streams: streams.map((each) => ({ ...modesOf(each), ...accessOf(each.stream.name, access) })),
    statements: statements ?? null,
  };
}

/** A side that cannot even be asked has failed its check. */
async function asked(side: Side, signal: AbortSignal): Promise<Access> {
  try {
    return await check(side, { signal });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { status: "failed", message: error.message };
  }
}

function modesOf({ stream, sync_mode, destination_mode }: ConfiguredStream) {
  return { stream: stream.name, sync_mode, destination_mode };
}

function accessOf(name: string, { streams = [] }: Access) {
  const found = streams.find(({ stream }) => stream === name);
  return {
    access: found?.status ?? ("granted" as const),
    ...(found?.message === undefined ? {} : { message: found.message }),
  };
}
