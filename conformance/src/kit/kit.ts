import { availableParallelism } from "node:os";
import { SluiceError } from "@sluice/protocol";
import { z } from "zod";
import { Random } from "../exact/random.ts";
import type { Check, Kind } from "./check.ts";
import type { LoadedPlan } from "./plan.ts";
import { payloads } from "../processes/output-line.ts";
import { uncheckedClaims } from "./claims.ts";
import { NotApplicable, Problem } from "./problem.ts";
import { reportOf, type Report, type Result, type Verdict } from "./report.ts";
import { ScratchFolder } from "./scratch-folder.ts";
import { Subject } from "./subject.ts";

export type KitOptions = LoadedPlan & {
  command: readonly string[];
  /** The checks there are; those for the connector's kind are run. */
  checks: readonly Check[];
  /** The ids of the only ones to run, for which there is no badge; all unless it is given. */
  only?: readonly string[];
  seed: number;
  /** Hears of each result as it comes. */
  heard?: (result: Result) => void;
};

/** A connector and the checks that are for it. Whatever they write is gone when it is disposed of. */
export class Kit implements AsyncDisposable {
  readonly kind: Kind;
  readonly name: string;
  /** Those that are run. */
  readonly checks: readonly Check[];
  /** How many there are for its kind. */
  readonly checksInAll: number;
  readonly #subject: Subject;
  readonly #scratch: ScratchFolder;
  readonly #seed: number;

  private constructor(
    subject: Subject,
    { kind, name }: Identity,
    { checks, only, seed, scratch }: Pick<KitOptions, "checks" | "only" | "seed"> & { scratch: ScratchFolder },
  ) {
    this.#subject = subject;
    this.#scratch = scratch;
    this.kind = kind;
    this.name = name;
    const ofKind = checks.filter(({ kinds }) => kinds.includes(kind));
    this.checks = ofKind.filter(({ id }) => only === undefined || only.includes(id));
    this.checksInAll = ofKind.length;
    this.#seed = seed;
  }

  /** Resolves to the kit of a connector; throws `config` for what is none. */
  static async open({ command, plan, folder, ...options }: Omit<KitOptions, "heard">): Promise<Kit> {
    const scratch = await ScratchFolder.make();
    const subject = new Subject({ command, plan, folder, scratch: scratch.path });
    try {
      return new Kit(subject, await identityOf(subject), { ...options, scratch });
    } catch (error) {
      await scratch[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs one check and resolves to its result, whatever happens. */
  judge(check: Check): Promise<Result> {
    return judge(check, { subject: this.#subject, seed: this.#seed });
  }

  /** Resolves to what the connector claims and no check looks at; to nothing where its spec cannot be read, as checks tell. */
  async uncheckedClaims(): Promise<string[]> {
    const { lines } = await this.#subject.specRun();
    return payloads(lines, "spec")
      .slice(0, 1)
      .flatMap(({ capabilities }) => uncheckedClaims(capabilities));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scratch[Symbol.asyncDispose]();
  }
}

/** Runs checks against a connector, some at a time, and resolves to what they found; throws `config` for what is no connector. */
export async function runKit({ heard, ...options }: KitOptions): Promise<Report> {
  const started = performance.now();
  await using kit = await Kit.open(options);
  const waiting = kit.checks.entries();
  const results: Result[] = [];
  const work = async () => {
    for (const [index, check] of waiting) {
      const result = await kit.judge(check);
      results[index] = result;
      heard?.(result);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  const { name, kind, checksInAll } = kit;
  const { blanks } = options.plan;
  const seconds = (performance.now() - started) / 1000;
  const { seed } = options;
  const unchecked = await kit.uncheckedClaims();
  const told = { name, kind, seed, results, checksInAll, unchecked, seconds };
  return reportOf({ ...told, ...(blanks === undefined ? {} : { blanks }) });
}

type Identity = { kind: Kind; name: string };

const Claim = z.looseObject({
  spec: z.looseObject({ connector: z.looseObject({ name: z.string(), kind: z.enum(["source", "destination"]) }) }),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // then it claims nothing
    return undefined;
  }
}

async function identityOf(subject: Subject): Promise<Identity> {
  try {
    const { connector } = await subject.spec();
    return connector;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // what is only incomplete is for the checks to tell; what does not start says nothing
    const { lines } = await subject.specRun().catch(() => ({ lines: [] }));
    const told = lines.map(({ text }) => Claim.safeParse(parsed(text)));
    const claim = told.find(({ success }) => success)?.data;
    if (claim !== undefined) return claim.spec.connector;
    throw new SluiceError("config", `${subject.command.join(" ")} is no connector: ${error.message}`, { cause: error });
  }
}

/** Runs one check and resolves to its result, whatever happens. */
async function judge(check: Check, { subject, seed }: { subject: Subject; seed: number }): Promise<Result> {
  const { id, level, title, fix } = check;
  const reason = subject.plan.exemptions[id];
  const started = performance.now();
  const found = { problems: [] as string[], notes: [] as string[] };
  const conclude = (verdict: Verdict): Result => ({
    id,
    level,
    title,
    fix,
    verdict,
    ...found,
    seconds: (performance.now() - started) / 1000,
  });
  if (reason !== undefined) {
    found.notes.push(reason);
    return conclude("exempt");
  }
  try {
    await check.run({
      subject,
      seed,
      random: new Random(seed, id),
      problem: (sentence) => found.problems.push(sentence),
      note: (sentence) => found.notes.push(sentence),
    });
  } catch (error) {
    if (error instanceof NotApplicable) {
      found.notes.push(error.message);
      return conclude("not_applicable");
    }
    // a plan that cannot be followed has its own words
    if (!(error instanceof Problem) && !(error instanceof SluiceError)) {
      found.problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return conclude("broken");
    }
    found.problems.push(error.message);
  }
  return conclude(found.problems.length === 0 ? "passed" : "failed");
}
