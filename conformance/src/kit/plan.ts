import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SluiceError } from "@sluice/protocol";
import { z } from "zod";

const MINIMUM_REASON = 40;

const Overrides = z.record(z.string(), z.unknown());
const Command = z.string().min(1);
const Field = z.string().min(1);
const Reason = z.string().min(MINIMUM_REASON, `a reason has at least ${MINIMUM_REASON} characters`);

const Api = z.strictObject({
  url: Field.describe("The field of the configuration with the URL of the API."),
  config: Overrides.default({}).describe("Fields of a configuration that does not wait long for an answer."),
});

const DatabaseBasics = {
  commit: z.string().min(1).default("commit").describe("The word by which the client asks for a commit."),
  config: Overrides.default({}).describe("Fields of a configuration whose connection is not encrypted."),
  trouble: z
    .strictObject({ command: Command, kinds: z.array(z.string().min(1)).min(1) })
    .optional()
    .describe(
      "How to make the database refuse a load: the command makes the TROUBLE of the kind that is named once the stream STREAM is there, and called with TROUBLE_OVER=1 takes it back and prints how often it struck.",
    ),
};
const Database = z.union([
  z.strictObject({ url: Field.describe("The field of the configuration with the database's URL."), ...DatabaseBasics }),
  z.strictObject({
    host: Field.describe("The field of the configuration with the database's host."),
    port: Field.describe("The field of the configuration with its port."),
    ...DatabaseBasics,
  }),
]);

/** What an author tells the kit about a connector, in a file of JSON: how to configure it, and how to look behind it. */
export const Plan = z.strictObject({
  $schema: z.string().optional(),
  config: Overrides.default({}).describe(
    "A configuration that works. ${place}, ${id} and ${env:NAME} stand for a fresh folder, a fresh word, and a variable.",
  ),
  env: z.record(z.string(), z.string()).default({}).describe("Variables for the connector and for the commands below."),
  streams: z.array(z.string()).optional().describe("Source: test these streams only."),
  prepare: Command.optional().describe(
    "A shell command to run in each fresh place, before the connector. It gets PLACE, ID and CONFIG.",
  ),
  rows: Command.optional().describe(
    "A shell command that prints the rows of the stream STREAM, a JSON object a line: what the destination has stored, or what the source has to offer. It gets PLACE, ID and CONFIG, too.",
  ),
  change: Command.optional().describe("Source: a shell command that inserts, changes and deletes rows."),
  bad_credentials: Overrides.optional().describe("Fields of a configuration whose credentials are refused."),
  unreachable: Overrides.optional().describe("Fields of a configuration behind which nobody answers."),
  large: Overrides.optional().describe(
    "Source: fields of a configuration that gives so much that a read is not over soon, best 500 MB or more.",
  ),
  api: Api.optional().describe("Source: where the kit may stand between the source and its API, which speaks HTTP."),
  database: Database.optional().describe(
    "Destination: where the kit may stand between the destination and its database, which is reached over TCP.",
  ),
  clock: Command.optional().describe(
    'For a program that Node does not run: a shell command that starts "$@" with its clock CLOCK_OFFSET seconds ahead; PLAN is the folder of the plan.',
  ),
  blanks: Reason.optional().describe(
    "Destination: why null, the empty text and what is missing are one in the store, so that rows are compared without them; the report shows it.",
  ),
  previous_spec: z.string().optional().describe("A file with the spec message of the last release."),
  previous_catalog: z.string().optional().describe("Source: a file with the catalog message of the last release."),
  timings: z.string().optional().describe("A file to keep speeds in, to compare the next run with."),
  deadline_ms: z.int().positive().default(30_000).describe("How long the kit waits for any one thing."),
  exemptions: z
    .record(z.string(), Reason)
    .default({})
    .describe("Checks not to hold the connector to, each with the reason, which the report shows."),
});
export type Plan = z.infer<typeof Plan>;

/** A plan, and the folder that its commands and files are relative to. */
export type LoadedPlan = { plan: Plan; folder: string };

/** Yields the plan of a file, or an empty one without a file, with what the command line adds; throws `config`. */
export function loadPlan(file: string | undefined, added: Partial<z.input<typeof Plan>>): LoadedPlan {
  const written: object = file === undefined ? {} : jsonFile(file);
  const parsed = Plan.safeParse({ ...written, ...added });
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  if (parsed.success) return { plan: parsed.data, folder };
  const issue = parsed.error.issues[0];
  throw new SluiceError("config", `${file ?? "The plan"}: ${issue?.path.join(".")}: ${issue?.message}; correct it.`);
}

/** Yields the JSON object in a file; throws `config` where there is none. */
export function jsonFile(path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    // the parser's own message may quote a secret
    const reason = (error as NodeJS.ErrnoException).code ?? "not a JSON object";
    throw new SluiceError("config", `${path} cannot be read (${reason}); give a file with a JSON object.`);
  }
}

/** Yields a configuration with its placeholders filled in; throws `config` for a variable that is not set. */
export function filledIn(value: unknown, place: { folder: string; id: string }): unknown {
  if (typeof value === "string") return filledInText(value, place);
  if (Array.isArray(value)) return value.map((item) => filledIn(item, place));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filledIn(member, place)]));
}

function filledInText(text: string, { folder, id }: { folder: string; id: string }): string {
  return text.replaceAll(/\$\{(place|id|env:(\w+))\}/g, (_, what: string, variable: string) => {
    if (what === "place") return folder;
    if (what === "id") return id;
    const found = process.env[variable];
    if (found === undefined) throw new SluiceError("config", `The plan names the variable ${variable}; set it.`);
    return found;
  });
}
