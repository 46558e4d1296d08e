import { readdirSync, readFileSync } from "node:fs";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Check, Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import { NotApplicable } from "../kit/problem.ts";
import type { ConnectorProcess, Ended } from "../processes/connector-process.ts";
import {
  catalogFile,
  discoverRun,
  facts,
  folded,
  difference,
  fullRead,
  readOptions,
  streamsOf,
} from "./source-runs.ts";
import { expectGood, simpleLoad } from "./destination-runs.ts";
import { isSchema, properties, valuesAt } from "./schema.ts";
import { leaksIn, secretsOf } from "./secrets.ts";

const BOTH = ["source", "destination"] as const;
const CANARY = "canary-7Qx2bF9kLmW4";
const ELSEWHERE = { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" };
const OTHERS_BITS = 0o077;

export const safetyChecks: readonly Check[] = [
  {
    id: "L1",
    level: 1,
    kinds: BOTH,
    title: "no secret shows in anything that it prints, in any of six encodings",
    fix: "Mask the values of secret fields in every message and log line; never print a configuration.",
    defect: "logs its configuration in base64",
    run: noLeak,
  },
  {
    id: "L2",
    level: 1,
    kinds: BOTH,
    title: "no secret shows in a command line of its processes, or in a file that others may read",
    fix: "Hand secrets on by a file with mode 0600 or by the environment, never by arguments.",
    defect: "starts a process with the secret in its arguments",
    run: noArgument,
  },
  {
    id: "L3",
    level: 1,
    kinds: BOTH,
    title: "another time zone and locale give the same result",
    fix: "Compute with UTC only, and never format or compare by the locale of the machine.",
    defect: "computes with the local time zone",
    run: sameElsewhere,
  },
];

async function noLeak({ subject, problem }: Trial): Promise<void> {
  const spec = await subject.spec();
  const fields = properties(spec.config).filter(({ schema }) => schema["secret"] === true);
  if (fields.length === 0) throw new NotApplicable("Its configuration has no secret.");
  const place = await subject.sharedPlace();
  // the tested secrets where they are accepted, and a canary where they are not
  const paths = fields.map(({ path }) => path);
  const refused = await subject.newPlace(subject.plan.bad_credentials, async (config) => withCanaries(config, paths));
  const debug = ["--log-level", "debug"];
  const runs: [string, Place, string[]][] = [
    ["check", place, ["check", ...debug]],
    ["check of a canary", refused, ["check", ...debug]],
  ];
  if (spec.connector.kind === "source") {
    const catalog = await catalogFile(subject, place);
    runs.push(
      ["discover", place, ["discover", ...debug]],
      ["read", place, ["read", "--catalog", catalog, ...debug]],
      ["read with a canary", refused, ["read", "--catalog", catalog, ...debug]],
    );
  }
  const judge = (what: string, where: Place, { stdout, stderr }: Ended) => {
    const leaks = leaksIn(stdout + stderr, secretsOf(spec, where.config));
    for (const leak of leaks) problem(`"${what}" printed a secret ${leak}.`);
  };
  for (const [what, where, args] of runs) judge(what, where, await where.run(args));
  if (spec.connector.kind === "source") return;
  const { feed } = await simpleLoad(subject);
  for (const where of [await subject.newPlace(), refused]) judge("write", where, await where.write(feed, debug));
}

/** Puts a canary in the place of each secret: of those that the configuration has room for, or of all where it has none. */
function withCanaries(config: object, paths: readonly string[]): Record<string, unknown> {
  const changed = structuredClone(config) as Record<string, unknown>;
  const parentOf = (path: string) => path.split(".").slice(0, -1);
  const hasRoom = (path: string) =>
    parentOf(path).length === 0 || valuesAt(config, parentOf(path).join(".")).some(isSchema);
  const roomy = paths.filter(hasRoom);
  for (const path of roomy.length > 0 ? roomy : paths) {
    let holders: Record<string, unknown>[] = [changed];
    for (const name of parentOf(path)) {
      if (name !== "*") for (const holder of holders) holder[name] ??= {};
      holders = holders.flatMap((holder) => valuesAt(holder, name)).filter(isSchema);
    }
    const name = path.split(".").at(-1) ?? "";
    for (const holder of holders) for (const each of name === "*" ? Object.keys(holder) : [name]) holder[each] = CANARY;
  }
  return changed;
}

async function noArgument(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const spec = await subject.spec();
  const place = await subject.newPlace();
  const secrets = secretsOf(spec, place.config);
  if (secrets.length === 0) throw new NotApplicable("The tested configuration has no secret.");
  await using running = await working(trial, place);
  const shown = new Set<string>();
  const commandLines = commandLinesOf(running.pid);
  const look = () => {
    for (const line of commandLines()) if (leaksIn(line, secrets).length > 0) shown.add(line.split("\0")[0] ?? "");
  };
  while (!running.hasEnded) {
    look();
    await Promise.race([running.exited(), new Promise((resolve) => setTimeout(resolve, 10))]);
  }
  // what it has started may be there still
  look();
  const { code } = await running.exited();
  if (code !== 0) problem(`It ended with exit code ${code}: nothing is proved.`);
  for (const program of shown) problem(`The command line of ${program} shows a secret.`);
  for (const path of await readableFiles(join(place.folder, "tmp"))) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (leaksIn(text, secrets).length > 0)
      problem(`${path.slice(place.folder.length + 1)} holds a secret, and others may read it.`);
  }
}

/** Starts what a connector is for: a read, or a small write. */
async function working({ subject }: Trial, place: Place): Promise<ConnectorProcess> {
  const { connector } = await subject.spec();
  if (connector.kind === "source") return place.start(["read", ...(await readOptions(subject, place))]);
  const { feed } = await simpleLoad(subject);
  const writer = await place.writer();
  await writer.write(feed.text);
  writer.endStdin();
  return writer;
}

/**
 * Yields the command lines of the processes of a group, words apart by NUL, at each call; none where the system does not
 * tell. A process may live for a moment only, so that a look has to be short: what is known to be somebody else's is not
 * asked again, and nothing is waited for.
 */
function commandLinesOf(group: number): () => string[] {
  let others = new Set<string>();
  return () => {
    const ids = entriesOf("/proc").filter((name) => /^\d+$/.test(name));
    const ours = ids.filter((id) => !others.has(id) && groupOf(id) === group);
    others = new Set(ids.filter((id) => !ours.includes(id)));
    return ours.map((id) => textOf(`/proc/${id}/cmdline`));
  };
}

function groupOf(id: string): number {
  const fields = textOf(`/proc/${id}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return Number(fields[2]);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // not every system has it
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // the process is gone
    return "";
  }
}

async function readableFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const modes = await Promise.all(files.map(async (path) => ({ path, mode: (await stat(path)).mode })));
  return modes.filter(({ mode }) => (mode & OTHERS_BITS) !== 0).map(({ path }) => path);
}

async function sameElsewhere(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const { connector } = await subject.spec();
  if (connector.kind === "source") {
    const place = await subject.sharedPlace();
    const streams = await streamsOf(subject);
    const there = await place.run(["read", ...(await readOptions(subject, place))], { env: ELSEWHERE });
    const here = await fullRead(subject);
    const differs = difference(folded(facts(there.lines, streams)), folded(facts(here.lines, streams)));
    if (differs !== undefined) problem(`In another time zone and locale a read gave something else: ${differs}.`);
    const catalog = await place.run(["discover"], { env: ELSEWHERE });
    if (catalog.stdout !== (await discoverRun(subject)).stdout)
      problem("In another time zone and locale the catalog is another.");
    return;
  }
  const { feed, stream } = await simpleLoad(subject);
  const [here, there] = [await subject.newPlace(), await subject.newPlace()];
  expectGood(trial, await here.write(feed), "A load");
  expectGood(trial, await there.write(feed, [], { env: ELSEWHERE }), "A load in another time zone and locale");
  const [one, other] = [await here.rows(stream), await there.rows(stream)];
  if (String(one.toSorted()) !== String(other.toSorted())) {
    problem("In another time zone and locale the same records became other rows.");
  }
}
