import { stateLine, type Checkpoints } from "@sluice/protocol/stdio";
import type { Config } from "./config.ts";
import { Ledger, type EntryChange } from "./document/ledger.ts";
import { freeSheetId } from "./document/file.ts";
import { readSnapshot } from "./document/snapshot.ts";
import { SheetsApi } from "./google/sheets-api.ts";
import { forgetChanges, stateChange, storedStates, takeOverRequests } from "./take-over.ts";

/** The states of pipelines, kept in the hidden tab of the file. */
export const checkpoints: Checkpoints<Config> = {
  async get(config, pipelineId) {
    const { ledger } = await readSnapshot(await SheetsApi.open(config));
    return storedStates(ledger, pipelineId).map(stateLine);
  },
  set: (config, { pipelineId, states }) =>
    replaceStates(config, pipelineId, (epoch) => states.map((state) => stateChange(pipelineId, epoch, state))),
  clear: (config, pipelineId) => replaceStates(config, pipelineId, () => []),
};

/** Forgets the states of a pipeline and keeps others, all at once; a writer that is under way is fenced. */
async function replaceStates(
  config: Config,
  pipelineId: string,
  statesOf: (epoch: number) => EntryChange[],
): Promise<void> {
  const api = await SheetsApi.open(config);
  const { file, ledger } = await readSnapshot(api);
  const taken = new Set(file.tabs.map(({ sheetId }) => sheetId));
  const made = ledger === undefined ? Ledger.make(freeSheetId(taken)) : { ledger, requests: [] };
  const { epoch, requests } = takeOverRequests(file, { pipelineId, ledgerId: made.ledger.sheetId });
  // how far appended rows had come is not forgotten: those behind it were never committed
  const forgotten = forgetChanges(ledger, pipelineId).filter(({ kind }) => kind === "state");
  const changes = new Map([...forgotten, ...statesOf(epoch)].map((change) => [change.name, change]));
  const staged = made.ledger.stage([...changes.values()]);
  const all = [...made.requests, ...staged.requests, ...requests];
  await api.change(all, { doing: "changing the states", isRepeatable: false });
}
