import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEmulator as startGoogleSheets } from "@sluice/google-sheets-emulator";
import { createDatabase, startPostgres } from "@sluice/postgres-kit/server";
import { startEmulator } from "@sluice/stripe-emulator";
import { pageWith } from "./evidence/page.ts";

// Runs the conformance kit against our connectors, or those named, and writes the level that each reaches into its page.
const root = join(import.meta.dirname, "..");
const MAX_REPORT_BYTES = 16 * 1024 * 1024;
const SEED = 1;
/** Of enough customers that a read is not over before something can be done to it. */
const MANY_CUSTOMERS = 3000;
/** The kit asks more in a minute than Google allows. */
const MANY_REQUESTS = 100_000;

/** A connector that the kit is run against, and the page that tells its level. */
export type Tested = { name: string; plan: string; page: string; command: string[]; environment: Environment };
type Environment = () => Promise<{ env: Record<string, string> } & AsyncDisposable>;

/** What the kit reports, as far as the pages tell it. */
export type Report = { badge: number; exemptions: number; unchecked: string[]; blanks?: string; results: Result[] };
type Result = { id: string; level: number; verdict: string; problems: string[] };

const page = (name: string) => join("docs", "connectors", `${name}.md`);

/** The connectors of this repository that are held to the kit. */
export const testedConnectors: readonly Tested[] = [
  built("source-example", { page: page("writing-a-connector") }),
  built("destination-example", { page: page("writing-a-connector") }),
  built("source-stripe", { page: page("source-stripe"), environment: emulatedAccounts }),
  built("destination-postgres", { page: page("destination-postgres"), environment: emptyDatabase }),
  built("destination-google-sheets", { page: page("destination-google-sheets"), environment: emulatedSpreadsheets }),
  python("source", join("docs", "write-a-source.md")),
  python("destination", join("docs", "write-a-destination.md")),
];

/** Resolves to the report of a run of the kit. */
export async function reportOf({ plan, command, environment }: Tested, seed: number): Promise<Report> {
  await using surroundings = await environment();
  const kit = join(root, "conformance", "bin", "sluice-test.js");
  const args = [kit, "--plan", join(root, plan), "--seed", String(seed), "--json", ...command];
  const env = { ...process.env, ...surroundings.env };
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, maxBuffer: MAX_REPORT_BYTES, cwd: root }, (error, stdout, stderr) => {
      if (stdout === "") reject(error ?? new Error(stderr));
      else resolve(JSON.parse(stdout));
    });
  });
}

/** Whether a check that counts for a level did not pass. */
export function isFlaw({ level, verdict }: Result): boolean {
  return level < 3 && verdict !== "passed" && verdict !== "not_applicable";
}

/** Yields the page of a connector as it stands. */
export function pageText({ page: path }: Tested): string {
  return readFileSync(join(root, path), "utf8");
}

/** Resolves to a page with the level of a connector on it. */
export function withLevel(text: string, { name }: Tested, report: Report): Promise<string> {
  return pageWith(text, { name: `conformance of ${name}`, heading: "## Conformance", text: levelText(name, report) });
}

function levelText(name: string, { badge, exemptions, unchecked, blanks, results }: Report): string {
  const held = results.filter(({ level }) => level < 3);
  const passed = held.filter(({ verdict }) => verdict === "passed").length;
  const absent = held.filter(({ verdict }) => verdict === "not_applicable").map(({ id }) => id);
  const rest = absent.length === 0 ? "" : `; ${absent.length} have no subject in it (${absent.join(", ")})`;
  const but = exemptions === 0 ? "" : `; ${exemptions} are waived`;
  const open = unchecked.length === 0 ? "" : ` It claims what no check looks at: ${unchecked.join(", ")}.`;
  const told = blanks === undefined ? "" : ` Rows were compared without null and empty texts: ${blanks}`;
  return `\`${name}\` is conformant, level ${badge}: ${passed} checks passed${rest}${but}.${open}${told}`;
}

function built(
  name: string,
  { page: path, environment = nothing }: { page: string; environment?: Environment },
): Tested {
  const folder = join("connectors", name);
  const command = [process.execPath, join(root, folder, "bin", `${name}.js`)];
  return { name, plan: join(folder, "conformance.json"), page: path, command, environment };
}

function python(kind: "source" | "destination", path: string): Tested {
  const folder = join("conformance", "examples", "python");
  const command = ["python3", join(root, folder, `${kind}.py`)];
  return { name: `${kind}.py`, plan: join(folder, `${kind}.json`), page: path, command, environment: nothing };
}

async function nothing() {
  return { env: {}, [Symbol.asyncDispose]: async () => {} };
}

async function emulatedAccounts() {
  // all customers of one second, which no page and no cursor tells apart
  const small = await startEmulator({
    objects: { customers: 130, products: 25 },
    created: { customers: "one_second" },
  });
  const large = await startEmulator({ objects: { customers: MANY_CUSTOMERS } });
  const env = {
    EMULATOR_URL: small.url,
    EMULATOR_KEY: small.apiKey,
    EMULATOR_VERSION: small.apiVersion,
    LARGE_EMULATOR_URL: large.url,
  };
  return {
    env,
    async [Symbol.asyncDispose]() {
      await small.close();
      await large.close();
    },
  };
}

async function emulatedSpreadsheets() {
  const wide = {
    readsPerMinutePerUser: MANY_REQUESTS,
    writesPerMinutePerUser: MANY_REQUESTS,
    readsPerMinute: MANY_REQUESTS,
    writesPerMinute: MANY_REQUESTS,
  };
  const emulator = await startGoogleSheets({ limits: wide });
  const user = "ada@example.com";
  const token = Object.entries(emulator.refreshToken(user)).map(([name, value]) => {
    return [`EMULATOR_${name.toUpperCase()}`, value] as const;
  });
  const env = { EMULATOR_URL: emulator.url, EMULATOR_USER: user, ...Object.fromEntries(token) };
  return { env, [Symbol.asyncDispose]: () => emulator.close() };
}

async function emptyDatabase() {
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "", "kit");
  return { env: { DATABASE_URL: database.url }, [Symbol.asyncDispose]: () => database.drop() };
}

if (import.meta.main) {
  const postgres = await startPostgres();
  process.env["DATABASE_URL"] = postgres.url;
  const named = process.argv.slice(2);
  for (const tested of testedConnectors.filter(({ name }) => named.length === 0 || named.includes(name))) {
    const report = await reportOf(tested, SEED);
    for (const { id, problems } of report.results.filter(isFlaw))
      console.error(`${tested.name}: ${id}: ${problems[0]}`);
    // a page tells what holds, and nothing where it does not
    if (report.results.some(isFlaw)) {
      process.exitCode = 1;
      continue;
    }
    writeFileSync(join(root, tested.page), await withLevel(pageText(tested), tested, report));
    console.log(`${tested.name}: level ${report.badge}`);
  }
  await postgres.stop();
}
