import type { Ended } from "../processes/connector-process.ts";
import { payloads } from "../processes/output-line.ts";
import type { Check, Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import { properties } from "./schema.ts";
import { leaksIn, secretsOf } from "./secrets.ts";

const FAILURE_CODES = [10, 11, 12];

export const checkChecks: readonly Check[] = [
  {
    id: "K1",
    level: 1,
    kinds: ["source", "destination"],
    title: "check answers once, whether the configuration is good, refused, malformed or leads nowhere",
    fix: 'Print one connection_status and exit 0, also when it is "failed"; exit non-zero only with --exit-code.',
    defect: "throws where the credentials are refused",
    run: answersOnce,
  },
];

async function answersOnce(trial: Trial): Promise<void> {
  const { subject, problem, note } = trial;
  await expectStatus(trial, await subject.sharedPlace(), { what: "the tested configuration", status: "succeeded" });
  const { bad_credentials: bad, unreachable } = subject.plan;
  const hasSecret = properties((await subject.spec()).config).some(({ schema }) => schema["secret"] === true);
  if (bad !== undefined) {
    await expectStatus(trial, await subject.newPlace(bad), { what: "bad credentials", status: "failed" });
  } else if (hasSecret) {
    problem(
      'The configuration has a secret, and the plan does not say what bad credentials are; add "bad_credentials".',
    );
  }
  if (unreachable !== undefined) {
    await expectStatus(trial, await subject.newPlace(unreachable), {
      what: "an address where nobody answers",
      status: "failed",
    });
  } else note('The plan has no "unreachable": it was not tried with an address where nobody answers.');
  const unknown = await subject.newPlace({ "no such field": [1] });
  await expectStatus(trial, unknown, { what: "an unknown field", status: "failed" });
  const place = await subject.sharedPlace();
  const broken = await place.file("broken.json", '{"half": ');
  await expectStatus(trial, place, { what: "a file that is not JSON", status: "failed", config: broken });
}

type Expected = { what: string; status: "succeeded" | "failed"; config?: string };

async function expectStatus(
  { subject, problem }: Trial,
  place: Place,
  { what, status, config }: Expected,
): Promise<void> {
  const options = config === undefined ? {} : { config };
  const [answer, withExitCode] = await Promise.all([
    place.run(["check"], options),
    place.run(["check", "--exit-code"], options),
  ]);
  const statuses = payloads(answer.lines, "connection_status");
  if (answer.code !== 0) problem(`With ${what}, "check" ended with exit code ${answer.code}: ${lastWords(answer)}`);
  if (statuses.length !== 1)
    problem(`With ${what}, "check" printed ${statuses.length} connection_status messages, not one.`);
  for (const found of statuses)
    if (found.status !== status) problem(`With ${what}, the status was ${found.status}: ${found.message}`);
  const isRight = status === "succeeded" ? withExitCode.code === 0 : FAILURE_CODES.includes(withExitCode.code);
  if (!isRight) problem(`With ${what}, "check --exit-code" ended with exit code ${withExitCode.code}.`);
  const leaks = leaksIn(answer.stdout + answer.stderr, secretsOf(await subject.spec(), place.config));
  for (const leak of leaks) problem(`With ${what}, "check" printed a secret ${leak}.`);
}

function lastWords({ stderr }: Ended): string {
  return stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}
