import type { Check, Trial } from "../kit/check.ts";
import { NotApplicable, Problem } from "../kit/problem.ts";
import { ApiProxy, apiFaults, RETRY_AFTER_SECONDS, type ApiFault } from "../proxy/api-proxy.ts";
import { difference, expectExit, facts, folded, read, streamsOf } from "./source-runs.ts";

export const apiChecks: readonly Check[] = [
  {
    id: "R11",
    level: 2,
    kinds: ["source"],
    title: "an API that limits the rate, fails, does not answer or cuts an answer costs time and no record",
    fix: "Ask again, as late as Retry-After says and with growing pauses; give each request a timeout, and compare what came with its length.",
    defect: "asks once",
    run: failingApi,
  },
];

const FAULTS: Readonly<Record<ApiFault, string>> = {
  rate_limited: "one request is answered 429",
  failed: "one request is answered 500",
  silent: "one request is never answered",
  cut: "one answer is cut in its middle",
};

async function failingApi(trial: Trial): Promise<void> {
  const { subject, problem, random, note } = trial;
  const { api } = subject.plan;
  if (api === undefined) throw new NotApplicable('The plan has no "api".');
  // owned before the place is made, which may fail behind it
  await using opened = new AsyncDisposableStack();
  let started: ApiProxy | undefined;
  const place = await subject.newPlace(api.config, async (config) => {
    const target = config[api.url];
    if (typeof target !== "string" || !URL.canParse(target))
      throw new Problem(`The plan's configuration has no URL in "${api.url}", where its API should be.`);
    started = opened.use(await ApiProxy.start(target));
    return { ...config, [api.url]: started.url };
  });
  const proxy = started as ApiProxy | undefined;
  if (proxy === undefined) return;
  const streams = await streamsOf(subject);
  const { rows: whole } = await readThrough("A read");
  const requests = proxy.requests;
  if (requests === 0) return problem(`No request came by: "${api.url}" does not lead to the API; nothing is proved.`);
  for (const fault of apiFaults) {
    proxy.arm({ fault, nth: random.between(1, requests) });
    const what = `Where ${FAULTS[fault]} a read`;
    const { rows, isGood } = await readThrough(what);
    const differs = difference(rows, whole);
    if (differs !== undefined) problem(`${what} gave something else: ${differs}.`);
    // one that failed before it came to that is told already
    if (!proxy.fired && isGood) problem(`${what} met no fault; nothing is proved.`);
    const { againAfterMs } = proxy;
    if (fault === "rate_limited" && againAfterMs !== undefined && againAfterMs < RETRY_AFTER_SECONDS * 1000)
      problem(`It was told to wait ${RETRY_AFTER_SECONDS} s and asked again after ${Math.round(againAfterMs)} ms.`);
  }
  note(`A read takes ${requests} requests.`);

  async function readThrough(what: string) {
    const ended = await read(subject, place);
    expectExit(trial, ended, { code: 0, what });
    return { rows: folded(facts(ended.lines, streams)), isGood: ended.code === 0 };
  }
}
