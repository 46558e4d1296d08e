/**
 * What the service refuses to exceed. The defaults are Google's: the usage limits of the Sheets API
 * (developers.google.com/workspace/sheets/api/limits) and the size limits of a spreadsheet.
 */
export type Limits = {
  readsPerMinutePerUser: number;
  writesPerMinutePerUser: number;
  readsPerMinute: number;
  writesPerMinute: number;
  cells: number;
  /** UTF-16 units in one cell. */
  cellCharacters: number;
  columns: number;
  tabs: number;
  payloadBytes: number;
  tokenSeconds: number;
};

/** Yields the limits that Google sets. */
export function googleLimits(): Limits {
  return {
    readsPerMinutePerUser: 60,
    writesPerMinutePerUser: 60,
    readsPerMinute: 300,
    writesPerMinute: 300,
    cells: 10_000_000,
    cellCharacters: 50_000,
    columns: 18_278,
    tabs: 200,
    payloadBytes: 10_485_760,
    tokenSeconds: 3600,
  };
}
