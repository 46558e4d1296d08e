import { ExitCode, SluiceError, type ConfiguredStream, type Stream, type TimeRange } from "@sluice/protocol";
import { configuredCatalog, narrowToFields, selectStreams } from "@sluice/protocol/stdio";
import type { Pipeline } from "./pipeline-file.ts";

type Selection = NonNullable<Pipeline["streams"]>[number];

/** What a single run asks for besides what the pipeline says. */
export type RunOverrides = {
  /** Streams, or patterns with *, of those that the pipeline has. */
  select?: readonly string[] | undefined;
  limit?: number | undefined;
  /** Only what is of this time or later, and before that one. */
  since?: Date | undefined;
  until?: Date | undefined;
};

/**
 * Yields the streams of a run, in the pipeline's order. Throws `config` for a name that nothing matches and for what a
 * stream cannot do.
 */
export function configureStreams(
  offered: readonly (Stream | ConfiguredStream)[],
  selections: readonly Selection[] | undefined,
  { select, limit, since, until }: RunOverrides = {},
): ConfiguredStream[] {
  const all = configuredCatalog({ streams: [...offered] }).streams;
  const chosen = selections === undefined ? all : selections.flatMap((selection) => chosenBy(all, selection));
  const wanted = select === undefined ? chosen : select.flatMap((pattern) => selected(chosen, pattern));
  const streams = unique(wanted).map((configured) => ({
    ...configured,
    ...(limit === undefined ? {} : { limit }),
    ...(since === undefined && until === undefined ? {} : { time_range: timeRange(configured.stream, since, until) }),
  }));
  if (streams.length === 0) throw new SluiceError("config", "There is no stream to move; name one in the pipeline.");
  for (const { stream, destination_mode: mode, limit: most, time_range: range } of streams) {
    if (mode === "overwrite" && (most !== undefined || range !== undefined))
      throw new SluiceError(
        "config",
        `The stream "${stream.name}" is overwritten, so a limit or a range of time would replace all of it by a part; leave it out with --select, or use another destination_mode.`,
      );
    if (range !== undefined && stream.supports?.time_range !== true)
      throw new SluiceError(
        "config",
        `The stream "${stream.name}" cannot be read for a range of time; leave it out with --select.`,
      );
  }
  return streams.map(narrowToFields);
}

/** Bounds are in the unit of the stream's cursor: whole seconds, or ISO 8601. */
function timeRange({ json_schema, cursor_field }: Stream, since: Date | undefined, until: Date | undefined): TimeRange {
  const properties = Object(json_schema["properties"] ?? {}) as Record<string, { format?: unknown } | undefined>;
  const isSeconds = cursor_field !== undefined && properties[cursor_field]?.format === "unix-time";
  const bound = (time: Date) => (isSeconds ? Math.floor(time.getTime() / 1000) : time.toISOString());
  return {
    ...(since === undefined ? {} : { gte: bound(since) }),
    ...(until === undefined ? {} : { lt: bound(until) }),
  };
}

function chosenBy(all: ConfiguredStream[], selection: Selection): ConfiguredStream[] {
  if (typeof selection === "string") return matching(all, selection);
  const { name, sync_mode, destination_mode, fields, time_range, limit } = selection;
  return matching(all, name).map((configured) => ({
    ...configured,
    sync_mode: sync_mode ?? configured.sync_mode,
    destination_mode: destination_mode ?? configured.destination_mode,
    ...(fields === undefined ? {} : { fields }),
    ...(time_range === undefined ? {} : { time_range }),
    ...(limit === undefined ? {} : { limit }),
  }));
}

function matching(all: ConfiguredStream[], pattern: string): ConfiguredStream[] {
  if (!pattern.includes("*")) return selectStreams(all, [pattern]);
  const found = all.filter(({ stream }) => isMatch(stream.name, pattern));
  if (found.length === 0)
    throw new SluiceError("config", `No stream matches "${pattern}"; "sluice discover" prints all.`);
  return found;
}

/** What a command line names and is not there is a wrong command line. */
function selected(chosen: ConfiguredStream[], pattern: string): ConfiguredStream[] {
  const found = chosen.filter(({ stream }) => isMatch(stream.name, pattern));
  if (found.length > 0) return found;
  throw new SluiceError(
    "config",
    `--select names "${pattern}", which this pipeline does not move; "sluice discover" prints all streams.`,
    { exitCode: ExitCode.usage },
  );
}

function isMatch(name: string, pattern: string): boolean {
  return new RegExp(`^${pattern.split("*").map(RegExp.escape).join(".*")}$`).test(name);
}

/** Of a stream that is chosen twice the last choice counts, at the place of the first. */
function unique(streams: ConfiguredStream[]): ConfiguredStream[] {
  return [...new Map(streams.map((configured) => [configured.stream.name, configured])).values()];
}
