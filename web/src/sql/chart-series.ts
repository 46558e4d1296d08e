import { isNumber, isTime, type QueryResult } from "./result.ts";

/** Which columns are drawn: one along the bottom, one upwards. */
export type ChartColumns = { x: number; y: number };

/** What is drawn: where each point stands, what is written below it, and how high it is. */
export type ChartSeries = {
  kind: "time" | "number" | "category";
  xs: number[];
  labels: string[];
  ys: (number | null)[];
};

/** A chart of more is no chart any more. */
const MOST_CATEGORIES = 60;

/** Yields the columns that a result is most likely meant to show; undefined where nothing in it can be drawn. */
export function likelyColumns({ columns }: Pick<QueryResult, "columns">): ChartColumns | undefined {
  const times = columns.findIndex(isTime);
  const x = times === -1 ? columns.findIndex((column) => !isNumber(column)) : times;
  const bottom = x === -1 && columns.length > 1 ? 0 : x;
  const y = columns.findIndex((column, index) => index !== bottom && isNumber(column));
  return bottom === -1 || y === -1 ? undefined : { x: bottom, y };
}

/** Yields the points of two columns: by time or number in their order, else a bar for each of the first 60 rows. */
export function seriesOf(
  { columns, rows }: Pick<QueryResult, "columns" | "rows">,
  { x, y }: ChartColumns,
): ChartSeries {
  const bottom = columns[x] ?? { type: "text" };
  const heightOf = (row: readonly (string | null)[]) => numberOf(row[y] ?? null);
  if (!isTime(bottom) && !isNumber(bottom)) {
    const shown = rows.slice(0, MOST_CATEGORIES);
    return {
      kind: "category",
      xs: shown.map((_, index) => index),
      labels: shown.map((row) => row[x] ?? "null"),
      ys: shown.map(heightOf),
    };
  }
  const place = isTime(bottom) ? secondsOf : numberOf;
  const points = rows
    .map((row) => ({ at: place(row[x] ?? null), height: heightOf(row) }))
    .filter((point): point is { at: number; height: number | null } => point.at !== null)
    .toSorted((one, other) => one.at - other.at);
  return {
    kind: isTime(bottom) ? "time" : "number",
    xs: points.map(({ at }) => at),
    labels: [],
    ys: points.map(({ height }) => height),
  };
}

function numberOf(text: string | null): number | null {
  const value = Number((text ?? "").replaceAll(/[$,]/g, ""));
  return text === null || text === "" || !Number.isFinite(value) ? null : value;
}

/** A time as Postgres writes it: `2026-11-26 09:00:00+00`, or a day, which begins where the viewer is. */
function secondsOf(text: string | null): number | null {
  const iso = (text ?? "").replace(" ", "T").replace(/(:\d{2}(?:\.\d+)?[+-]\d{2})$/, "$1:00");
  const ms = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(iso) ? `${iso}T00:00` : iso);
  return Number.isNaN(ms) ? null : ms / 1000;
}
