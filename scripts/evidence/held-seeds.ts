import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

type HeldSeed = { seed: number; cases: number; seconds: number };

/** Seeds of a proof that held at one commit, kept in a file, so that a proof that was cut short can go on. */
export class HeldSeeds {
  readonly #path: string | undefined;
  readonly #held: Map<number, HeldSeed>;
  #toldAtMs = performance.now();

  private constructor(path: string | undefined, held: readonly HeldSeed[]) {
    this.#path = path;
    this.#held = new Map(held.map((each) => [each.seed, each]));
  }

  /**
   * Opens those of a proof in a repository: an empty file, or with `resume` the one that an earlier run of the same commit
   * left. What changes meanwhile is another proof: then nothing is kept, and `resume` throws.
   */
  static open(root: string, name: string, { resume }: { resume: boolean }): HeldSeeds {
    const commit = commitOf(root);
    if (commit === undefined) {
      if (!resume) return new HeldSeeds(undefined, []);
      throw new Error("--resume counts seeds that held for the same code, and there are changes; commit them first.");
    }
    const path = join(root, "node_modules/.cache/soak", `${name}.jsonl`);
    const [first, ...lines] = resume ? linesOf(path) : [];
    if (first === commit)
      return new HeldSeeds(
        path,
        lines.map((line) => JSON.parse(line) as HeldSeed),
      );
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${commit}\n`);
    return new HeldSeeds(path, []);
  }

  /** How many cases of a seed held; undefined where it was not tried yet. */
  casesOf(seed: number): number | undefined {
    return this.#held.get(seed)?.cases;
  }

  add(seed: number, cases: number): void {
    const nowMs = performance.now();
    const held = { seed, cases, seconds: (nowMs - this.#toldAtMs) / 1000 };
    this.#toldAtMs = nowMs;
    this.#held.set(seed, held);
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(held)}\n`);
  }

  /** How long all of them took, in all runs. */
  get seconds(): number {
    return [...this.#held.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n");
  } catch {
    // none was run yet
    return [];
  }
}

/** Yields the commit that the files of a repository are; undefined where they are none, but for the page that proofs write. */
function commitOf(root: string): string | undefined {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("status", "--porcelain", "--", ".", ":!docs/proofs.md") === "" ? git("rev-parse", "HEAD") : undefined;
  } catch {
    // not under version control
    return undefined;
  }
}
