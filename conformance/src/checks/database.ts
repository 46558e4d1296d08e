import type { DestinationMode } from "@sluice/protocol";
import type { Check, Trial } from "../kit/check.ts";
import { Feed, numbered } from "../kit/feed.ts";
import type { Place } from "../kit/place.ts";
import { NotApplicable } from "../kit/problem.ts";
import type { ConnectorProcess } from "../processes/connector-process.ts";
import { echoes } from "../processes/output-line.ts";
import { DatabaseProxy, type Cut } from "../proxy/database-proxy.ts";
import { redirected, targetOf } from "../proxy/tcp-target.ts";
import { expectCode, isEcho, Ledger, loadModes, modesOf, nextOf } from "./destination-runs.ts";
import { compareLedger, resumeAndCompare } from "./interrupted-load.ts";
import { hasCrashed, lastWords } from "./source-runs.ts";

/** What a destination ends with that gives up at trouble of its database, by whose fault that is; a crash has one of them, too. */
const GIVEN_UP = [1, 10, 11, 12, 15];
/** And at a connection that is lost, which nobody is to blame for: with any other code nobody would try again. */
const LOST = [12];
const COUNT = 40;
const STATES_AT = [9, 19, 29];
/** Records between the first two states. */
const SECOND_PART = 10;

export const databaseChecks: readonly Check[] = [
  {
    id: "F8",
    level: 2,
    kinds: ["destination"],
    title: "a database that goes away in a write or at a commit, or refuses one, costs no row and doubles none",
    fix: "Learn whether an unanswered commit happened before anything is written again; give up with exit 12 where you cannot.",
    defect: "writes the same again when a commit was not answered",
    run: failingDatabase,
  },
];

async function failingDatabase(trial: Trial): Promise<void> {
  const { database } = trial.subject.plan;
  if (database === undefined) throw new NotApplicable('The plan has no "database".');
  for (const mode of await loadModes(trial.subject)) {
    await cutConnection(trial, mode, { at: "bytes", count: trial.random.between(1, 200) });
    await cutConnection(trial, mode, { at: "before_commit" });
    await cutConnection(trial, mode, { at: "after_commit" });
  }
  for (const kind of database.trouble?.kinds ?? []) await makeTrouble(trial, kind);
}

const CUTS: Readonly<Record<Cut["at"], string>> = {
  bytes: "in a write",
  before_commit: "before a commit",
  after_commit: "behind a commit",
};

/** Cuts the connection to the database in the middle of a load, and looks at what that came to. */
async function cutConnection(trial: Trial, mode: DestinationMode, cut: Cut): Promise<void> {
  const { subject, problem } = trial;
  const { database } = subject.plan;
  if (database === undefined) return;
  // owned before the place is made, which may fail behind it
  await using opened = new AsyncDisposableStack();
  let through: DatabaseProxy | undefined;
  const place = await subject.newPlace(database.config, async (config) => {
    through = opened.use(await DatabaseProxy.start(targetOf(config, database), database.commit));
    return redirected(config, database, through.address);
  });
  const what = `With the connection cut ${CUTS[cut.at]} in ${mode}`;
  await disturbedLoad(trial, place, {
    mode,
    what,
    codes: LOST,
    disturb: async () => through?.arm(cut),
    calm: async () => {},
  });
  if (through?.fired === true) return;
  if (through?.commits === 0)
    return problem(
      `The word "${database.commit}" never came by: say in "database" how a commit is asked for, and in its "config" how in the clear.`,
    );
  problem(`${what}: the connection was never cut; nothing is proved.`);
}

/** Lets the database refuse a part of a load, and looks at what that came to. */
async function makeTrouble(trial: Trial, kind: string): Promise<void> {
  const { subject, problem } = trial;
  const { config, trouble } = subject.plan.database ?? {};
  const command = trouble?.command ?? "";
  const place = await subject.newPlace(config);
  const [mode] = await modesOf(subject);
  const env = { TROUBLE: kind, STREAM: "ledger" };
  const what = `With the trouble "${kind}"`;
  await disturbedLoad(trial, place, {
    mode,
    what,
    codes: GIVEN_UP,
    disturb: async () => void (await place.shell(command, env)),
    calm: async () => {
      const struck = Number(await place.shell(command, { ...env, TROUBLE_OVER: "1" }));
      if (!(struck > 0)) problem(`${what}: it never struck; nothing is proved.`);
    },
  });
}

type Disturbance = {
  mode: DestinationMode;
  what: string;
  /** The exit codes with which it may give up. */
  codes: readonly number[];
  /** Makes something go wrong from now on. */
  disturb(): Promise<void>;
  /** Takes it back. */
  calm(): Promise<void>;
};

/** Loads up to the first echo, disturbs the next part, and goes on behind it; all rows must be there, each once. */
async function disturbedLoad(
  trial: Trial,
  place: Place,
  { mode, what, codes, disturb, calm }: Disturbance,
): Promise<void> {
  const keys = mode === "merge" ? 11 : COUNT;
  const ledger = new Ledger({ mode, count: COUNT, keys, statesAt: new Set(STATES_AT) });
  const feed = new Feed().catalog([numbered(ledger.stream, mode)]).started(ledger.stream);
  const [first = 0] = STATES_AT;
  await using writer = await place.writer();
  for (let index = 0; index <= first; index += 1) ledger.add(feed, index);
  await writer.write(feed.taken());
  await writer.line(isEcho);
  await disturb();
  for (let index = first + 1; index <= first + SECOND_PART; index += 1) ledger.add(feed, index);
  await writer.write(feed.taken());
  await settled(writer, first + SECOND_PART + 1);
  await calm();
  for (let index = first + SECOND_PART + 1; index < COUNT; index += 1) ledger.add(feed, index);
  await writer.write(feed.state(ledger.stream, `{"next":${COUNT}}`).complete(ledger.stream).taken());
  writer.endStdin();
  const ended = await writer.ended();
  expectCode(trial, ended, { codes: [0, ...codes], what });
  if (hasCrashed(ended)) trial.problem(`${what} it crashed: ${lastWords(ended)}`);
  if (ended.code === 0) await compareLedger(trial, place, { ledger, repeatedFrom: first + 1, what });
  else await resumeAndCompare(trial, place, { ledger, lines: ended.lines, what });
}

/** Resolves once a state is echoed that covers so many records, or the process has ended. */
async function settled(writer: ConnectorProcess, records: number): Promise<void> {
  await writer.line((line) => echoes([line]).some((state) => nextOf(state) >= records));
}
