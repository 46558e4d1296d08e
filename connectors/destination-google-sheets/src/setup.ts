import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import type { Config } from "./config.ts";
import { planStreams } from "./document/plan.ts";
import { readSnapshot, type Snapshot } from "./document/snapshot.ts";
import { shapeOf } from "./document/stream-shape.ts";
import { isRefusal, isUnknownOutcome } from "./google/failure.ts";
import { SheetsApi } from "./google/sheets-api.ts";

const TITLE = "Sluice";
const ATTEMPTS = 5;

type SetupOptions = {
  streams: readonly ConfiguredStream[];
  dryRun: boolean;
  configured(config: Config): Promise<void>;
};

/**
 * Resolves to what a file needs for the streams, in words, a line each; carried out unless `dryRun`. Without a spreadsheet
 * one is made, and the configuration that names it is told.
 */
export async function setUp(config: Config, { streams, dryRun, configured }: SetupOptions): Promise<string[]> {
  const api = await SheetsApi.open(config);
  const shapes = streams.map(shapeOf);
  const statements: string[] = [];
  if (config.spreadsheet_id === undefined) {
    // what will not fit is said before anything is made
    statements.push(`MAKE SPREADSHEET "${TITLE}"`, ...planStreams(emptyFile(), shapes, config).statements);
    if (dryRun) return statements;
    const id = await api.create(TITLE, [{ properties: { title: "Notes" } }]);
    await configured({ ...config, spreadsheet_id: id });
    statements[0] = `MAKE SPREADSHEET "${TITLE}" (spreadsheet_id ${id})`;
  }
  for (let attempt = 1; ; attempt += 1) {
    const plan = planStreams(await readSnapshot(api), shapes, config);
    const staged = plan.ledger.stage(plan.changes);
    if (config.spreadsheet_id !== undefined && attempt === 1) statements.push(...plan.statements);
    if (dryRun) return statements;
    try {
      await api.change([...plan.requests, ...staged.requests], { doing: "setting up the tabs", isRepeatable: false });
      return statements;
    } catch (error) {
      // somebody may have done it at the same time, or it is done and the answer was lost
      if (attempt === ATTEMPTS || !(isRefusal(error) || isUnknownOutcome(error))) throw error;
    }
  }
}

function emptyFile(): Snapshot {
  const file = { title: TITLE, tabs: [], namedRanges: [] };
  return { file, ledger: undefined, entries: new Map(), headers: new Map() };
}

/** Resolves to what was found, in a sentence. Throws `permission` when the file may only be read. */
export async function check(config: Config): Promise<{ message: string }> {
  const api = await SheetsApi.open(config);
  if (config.spreadsheet_id === undefined)
    throw new SluiceError(
      "config",
      "spreadsheet_id is missing: set DESTINATION_GOOGLE_SHEETS_SPREADSHEET_ID to that of a spreadsheet, or let setup make one.",
    );
  const { file } = await readSnapshot(api);
  const cells = file.tabs.reduce((sum, { rowCount, columnCount }) => sum + rowCount * columnCount, 0);
  // finds nothing and so changes nothing, but only who may write is let do it
  const find = `sluice-check-${crypto.randomUUID()}`;
  await api.change([{ findReplace: { find, replacement: "", allSheets: true } }], {
    doing: "asking for the right to write",
  });
  return {
    message: `The spreadsheet "${file.title}" can be written by ${api.account}; it has ${file.tabs.length} tabs with ${cells} of ${config.cells_budget} cells.`,
  };
}
