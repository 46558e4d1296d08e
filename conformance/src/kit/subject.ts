import { delimiter, dirname, join } from "node:path";
import type { Capabilities, Payload } from "@sluice/protocol";
import { scanMembers } from "@sluice/protocol/stdio";
import { payloads } from "../processes/output-line.ts";
import type { Ended } from "../processes/connector-process.ts";
import { canonicalJson } from "../exact/canonical.ts";
import { Place, type Redirect } from "./place.ts";
import type { LoadedPlan, Plan } from "./plan.ts";
import { Problem } from "./problem.ts";

export type SubjectOptions = LoadedPlan & {
  /** How the connector is started: its path or name, and what stands before the verb. */
  command: readonly string[];
  /** A folder for everything that the kit writes. */
  scratch: string;
};

const OWN_VARIABLES = /^(SOURCE_|DESTINATION_|SLUICE_)/;

/** The connector that is tested: a program that is started again and again, and never looked into. */
export class Subject {
  readonly command: readonly string[];
  readonly plan: Plan;
  readonly planFolder: string;
  readonly scratch: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly #answers = new Map<string, Promise<unknown>>();

  constructor({ command, plan, folder, scratch }: SubjectOptions) {
    this.command = command;
    this.plan = plan;
    this.planFolder = folder;
    this.scratch = scratch;
    // what the shell configures connectors with is not what the plan says
    const inherited = Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name));
    this.environment = { ...Object.fromEntries(inherited), PATH: searchPath(), ...plan.env };
  }

  /** Yields what a question was answered the first time; checks share what they only look at. */
  once<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(question) as Promise<T> | undefined;
    const answer = known ?? ask();
    this.#answers.set(question, answer);
    return answer;
  }

  /** Makes a fresh place, with these fields over the plan's configuration; `redirect` changes the whole of it. */
  newPlace(overrides?: Record<string, unknown>, redirect?: Redirect): Promise<Place> {
    return Place.make(this, overrides, redirect);
  }

  /** Yields a row, which is JSON, as it is compared: in one spelling, and without blanks where the store has one for all. */
  comparable(row: string): string {
    const canonical = canonicalJson(row);
    return this.plan.blanks === undefined ? canonical : withoutBlanks(canonical);
  }

  /** A place for whatever changes nothing. */
  sharedPlace(): Promise<Place> {
    return this.once("place", () => this.newPlace());
  }

  /** Resolves to what `spec` printed. */
  specRun(): Promise<Ended> {
    return this.once("spec", async () => (await this.sharedPlace()).run(["spec"]));
  }

  /** Resolves to the spec; throws a Problem where there is none. */
  async spec(): Promise<Payload<"spec">> {
    const { lines, code, stderr } = await this.specRun();
    const [spec] = payloads(lines, "spec");
    if (spec !== undefined) return spec;
    const said = lines.find(({ flaw }) => flaw !== undefined)?.flaw ?? stderr.trim().split("\n").at(-1) ?? "";
    throw new Problem(`"spec" printed no spec message (exit code ${code}): ${said.slice(0, 300)}`);
  }

  async capabilities(): Promise<Capabilities> {
    return (await this.spec()).capabilities;
  }
}

/** Yields a canonical object without the members that are null or the empty text. */
function withoutBlanks(canonical: string): string {
  const names = Object.keys(JSON.parse(canonical));
  const tokens = scanMembers(Buffer.from(canonical), names)?.map(String) ?? [];
  const members = names.map((name, index) => ({ name: JSON.stringify(name), token: tokens[index] ?? "null" }));
  const filled = members.filter(({ token }) => token !== "null" && token !== '""');
  return `{${filled.map(({ name, token }) => `${name}:${token}`).join(",")}}`;
}

/** PATH, with the programs that are installed around the working folder first. */
function searchPath(): string {
  const local = ancestors(process.cwd()).map((folder) => join(folder, "node_modules", ".bin"));
  return [...local, process.env["PATH"] ?? ""].join(delimiter);
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
