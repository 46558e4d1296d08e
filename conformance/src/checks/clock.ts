import { movedClock } from "../clock/moved-run.ts";
import type { Check, Trial } from "../kit/check.ts";
import { newestStates } from "./resume.ts";
import { expectGood, rowDifference, simpleLoad } from "./destination-runs.ts";
import { difference, expectExit, facts, folded, fullRead, readOptions, streamsOf } from "./source-runs.ts";
import { payloads } from "../processes/output-line.ts";

const HOUR_SECONDS = 3600;

export const clockChecks: readonly Check[] = [
  {
    id: "L4",
    level: 1,
    kinds: ["source", "destination"],
    title: "a clock that is an hour ahead or behind gives the same result, also when one takes over from the other",
    fix: "Take moments from the API and the store, and compare them with each other, never with the clock of the machine.",
    defect: "puts the hour of its clock into each record",
    run: sameAtAnyHour,
  },
];

async function sameAtAnyHour(trial: Trial): Promise<void> {
  const { connector } = await trial.subject.spec();
  await (connector.kind === "source" ? sameRead : sameLoad)(trial);
}

async function sameRead(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const place = await subject.sharedPlace();
  const streams = await streamsOf(subject);
  const whole = folded(facts((await fullRead(subject)).lines, streams));
  const ahead = movedClock(subject, place, HOUR_SECONDS);
  const first = await place.run(["read", ...(await readOptions(subject, place))], ahead.options);
  ahead.assertMoved();
  expectExit(trial, first, { code: 0, what: "A read an hour ahead" });
  const differs = difference(folded(facts(first.lines, streams)), whole);
  if (differs !== undefined) problem(`An hour ahead a read gave something else: ${differs}.`);
  const states = first.lines.flatMap((line, index) => (payloads([line], "state").length > 0 ? [index] : []));
  const before = states.length === 0 ? [] : first.lines.slice(0, random.pick(states) + 1);
  const behind = movedClock(subject, place, -HOUR_SECONDS);
  const options = await readOptions(subject, place, before.length === 0 ? undefined : newestStates(before));
  const rest = await place.run(["read", ...options], behind.options);
  expectExit(trial, rest, { code: 0, what: "A read that goes on an hour behind" });
  const union = folded([...facts(before, streams), ...facts(rest.lines, streams)]);
  const lost = difference(union, whole);
  if (lost !== undefined) problem(`A read an hour ahead and its rest an hour behind are not all: ${lost}.`);
}

async function sameLoad(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const [here, elsewhere] = [await subject.newPlace(), await subject.newPlace()];
  const ahead = movedClock(subject, elsewhere, HOUR_SECONDS);
  const behind = movedClock(subject, elsewhere, -HOUR_SECONDS);
  const loads = [await simpleLoad(subject), await simpleLoad(subject, "more_moments")];
  for (const [index, { feed, stream }] of loads.entries()) {
    const { options, assertMoved } = index === 0 ? ahead : behind;
    expectGood(trial, await here.write(feed), "A load");
    expectGood(trial, await elsewhere.write(feed, [], options), index === 0 ? "An hour ahead" : "Then an hour behind");
    assertMoved();
    const differs = rowDifference(await elsewhere.rows(stream), await here.rows(stream));
    if (differs !== undefined) problem(`With another clock the same records became other rows: ${differs}.`);
  }
}
