import type { Check } from "../kit/check.ts";
import { acknowledgementChecks } from "./acknowledgement.ts";
import { apiChecks } from "./api.ts";
import { checkChecks } from "./check.ts";
import { clockChecks } from "./clock.ts";
import { databaseChecks } from "./database.ts";
import { discoverChecks } from "./discover.ts";
import { faultChecks } from "./faults.ts";
import { framingChecks } from "./framing.ts";
import { fuzzChecks } from "./fuzz.ts";
import { pipeChecks } from "./pipes.ts";
import { readChecks } from "./read.ts";
import { resumeChecks } from "./resume.ts";
import { safetyChecks } from "./safety.ts";
import { specChecks } from "./spec.ts";
import { speedChecks } from "./speed.ts";
import { valueChecks } from "./values.ts";
import { writeChecks } from "./write.ts";

/** Letters of ids in the order in which people ask: what it is, what it reads, what it writes, what it stands. */
const ORDER = "SKDRWAFPZLT";

/** Every check of the kit, in the order of the report. */
export const checks: readonly Check[] = [
  ...specChecks,
  ...checkChecks,
  ...discoverChecks,
  ...readChecks,
  ...resumeChecks,
  ...apiChecks,
  ...writeChecks,
  ...valueChecks,
  ...acknowledgementChecks,
  ...faultChecks,
  ...databaseChecks,
  ...pipeChecks,
  ...framingChecks,
  ...fuzzChecks,
  ...safetyChecks,
  ...clockChecks,
  ...speedChecks,
].toSorted((one, other) => place(one) - place(other));

function place({ id }: Check): number {
  return ORDER.indexOf(id.charAt(0)) * 100 + Number(id.slice(1));
}
