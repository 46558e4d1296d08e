import { delimiter, dirname, join } from "node:path";
import type { Capabilities, Payload } from "@sluice/protocol";
import { payloads } from "../processes/output-line.ts";
import type { Ended } from "../processes/connector-process.ts";
import { Place } from "./place.ts";
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

  newPlace(overrides?: Record<string, unknown>): Promise<Place> {
    return Place.make(this, overrides);
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

/** PATH, with the programs that are installed around the working folder first. */
function searchPath(): string {
  const local = ancestors(process.cwd()).map((folder) => join(folder, "node_modules", ".bin"));
  return [...local, process.env["PATH"] ?? ""].join(delimiter);
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
