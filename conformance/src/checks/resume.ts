import type { Payload } from "@sluice/protocol";
import type { Check, Trial } from "../kit/check.ts";
import { NotApplicable } from "../kit/problem.ts";
import { payloads, records, type OutputLine } from "../processes/output-line.ts";
import {
  difference,
  expectExit,
  facts,
  folded,
  fullRead,
  hasCrashed,
  lastWords,
  read,
  readOptions,
  streamsOf,
} from "./source-runs.ts";

const SOURCE = ["source"] as const;
/** Beyond so many, some are left out; the seed decides which. */
const MOST_STATES = 200;
const AT_ONCE = 2;
/** Pipes and buffers hold less than half of this, so that a read is not over when the kit has seen a quarter of it. */
const MORE_THAN_PIPES_HOLD = 900_000;
const TYPED_CODES = [0, 10, 12, 13, 14];

export const resumeChecks: readonly Check[] = [
  {
    id: "R6",
    level: 1,
    kinds: SOURCE,
    title: "a read goes on from every state that a read has printed, and no record is missing",
    fix: "Put into a state all that is needed to go on behind its records; ask for >= its cursor where that is not unique.",
    defect: "goes on behind the cursor of a state and loses what has the same",
    run: resumeEverywhere,
  },
  {
    id: "R8",
    level: 1,
    kinds: SOURCE,
    title:
      "a state that it cannot have printed is refused in words, or taken as the start, and half a line of a crash is passed over",
    fix: "Check the data of a state before you use it; exit 10 with a sentence that says what to do.",
    defect: "crashes on a state of somebody else",
    run: foreignStates,
  },
  {
    id: "R10",
    level: 2,
    kinds: SOURCE,
    title: "what changes while a read is under way is not missed",
    fix: "Page by a cursor or a key, never by an offset; let the next read begin where this one may have missed something.",
    defect: "pages by offset",
    run: changeDuringRead,
  },
];

/** Yields the newest state of each scope among these lines. */
export function newestStates(lines: readonly OutputLine[]): OutputLine[] {
  const newest = new Map<string | undefined, OutputLine>();
  for (const line of lines) {
    const [state] = payloads([line], "state");
    if (state !== undefined) newest.set(state.stream, line);
  }
  return [...newest.values()];
}

async function resumeEverywhere(trial: Trial): Promise<void> {
  const { subject, problem, note, random } = trial;
  if ((await subject.capabilities()).incremental !== true) throw new NotApplicable("It does not declare incremental.");
  const streams = await streamsOf(subject);
  const { lines } = await fullRead(subject);
  const whole = folded(facts(lines, streams));
  const places = lines.flatMap((line, index) => (payloads([line], "state").length > 0 ? [index] : []));
  if (places.length === 0) return problem("A read printed no state: nothing is proved.");
  const chosen = random.shuffled(places).slice(0, MOST_STATES);
  const place = await subject.sharedPlace();
  const waiting = chosen.values();
  const work = async () => {
    for (const at of waiting) {
      const before = lines.slice(0, at + 1);
      const rest = await read(subject, place, newestStates(before));
      const seq = payloads(lines.slice(at, at + 1), "state")[0]?.seq;
      expectExit(trial, rest, { code: 0, what: `A read from state ${seq} on` });
      const union = folded([...facts(before, streams), ...facts(rest.lines, streams)]);
      const differs = difference(union, whole);
      if (differs !== undefined)
        problem(`What came before state ${seq} and what came from it on is not all: ${differs}.`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  note(`${chosen.length} of ${places.length} states were resumed from.`);
}

async function foreignStates(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const { lines } = await fullRead(subject);
  const [some] = newestStates(lines);
  const [state] = payloads(some === undefined ? [] : [some], "state");
  if (state === undefined) throw new NotApplicable("It prints no state.");
  const place = await subject.sharedPlace();
  const [stream] = await streamsOf(subject);
  const wrong: [string, Partial<Payload<"state">>][] = [
    ["whose data is text", { data: "foreign" }],
    ["whose data is null", { data: null }],
    ["whose data is of another source", { data: { cursor: { of: [1, 2, 3] }, page: -1 } }],
    ["of a stream that does not exist", { scope: "stream", stream: "no_such_stream", data: {} }],
    ["of the future", { data: inFuture(state.data), seq: 1_000_000 }],
  ];
  for (const [what, change] of wrong) {
    const text = JSON.stringify({ type: "state", state: { ...state, ...change } });
    const path = await place.file("foreign.ndjson", `${text}\n`);
    const [, catalog = ""] = await readOptions(subject, place);
    const ended = await place.run(["read", "--catalog", catalog, "--state", path]);
    const isCrash = !TYPED_CODES.includes(ended.code) || hasCrashed(ended);
    if (isCrash) problem(`From a state ${what} a read ended with exit code ${ended.code}: ${lastWords(ended)}`);
    else if (ended.code !== 0 && ended.stderr.trim() === "" && payloads(ended.lines, "error").length === 0) {
      problem(`From a state ${what} a read failed without a word.`);
    }
  }
  if (stream === undefined) problem("There is no stream.");
  const whole = some?.text ?? "";
  const half = whole.slice(0, random.between(1, whole.length - 1));
  const cut = await place.file("cut.ndjson", `${whole}\n${half}`);
  const resumed = await place.run(["read", ...(await readOptions(subject, place)), "--state", cut]);
  expectExit(trial, resumed, { code: 0, what: "A read from a file of states whose last line a crash has cut" });
}

/** Moves all that looks like a moment or a count far on. */
function inFuture(data: unknown): unknown {
  if (typeof data === "number") return data + 4_000_000_000;
  if (typeof data === "string") return /^\d{4}-\d\d-\d\d/.test(data) ? data.replace(/^\d{4}/, "2999") : data;
  if (Array.isArray(data)) return data.map(inFuture);
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, member]) => [name, inFuture(member)]));
}

async function changeDuringRead(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const { incremental } = await subject.capabilities();
  const { change } = subject.plan;
  if (incremental !== true || change === undefined) {
    throw new NotApplicable('It does not declare incremental, or the plan has no "change" command.');
  }
  const streams = await streamsOf(subject);
  const { lines, stdout } = await fullRead(subject);
  const total = records(lines).length;
  if (stdout.length < MORE_THAN_PIPES_HOLD) {
    return problem(`A read prints ${stdout.length} bytes and is over before anything can change: nothing is proved.`);
  }
  const place = await subject.newPlace();
  const nth = random.between(1, Math.max(1, Math.floor(total / 4)));
  await using reading = await place.start(["read", ...(await readOptions(subject, place))]);
  let seen = 0;
  await reading.line(({ line }) => line?.kind === "record" && (seen += 1) === nth);
  reading.pause();
  reading.kill("SIGSTOP");
  await place.shell(change);
  reading.kill("SIGCONT");
  reading.resume();
  const first = await reading.ended();
  expectExit(trial, first, { code: 0, what: "A read during which something changed" });
  const second = await read(subject, place, newestStates(first.lines));
  const truth = await read(subject, place);
  const wanted = folded(facts(truth.lines, streams));
  const found = folded([...facts(first.lines, streams), ...facts(second.lines, streams)]);
  const differs = difference(found, wanted);
  if (differs !== undefined) {
    problem(
      `With a change behind record ${nth}, that read and the next one together are not what there is: ${differs}.`,
    );
  }
}
