import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { messageSchemas, type Payload } from "@sluice/protocol";
import { capabilityWords } from "../runner/src/executables/capability-words.ts";
import { pageWith, tableRow } from "./evidence/page.ts";

// The gallery of connectors in README.md is written from each connector's own `spec`.
const root = join(import.meta.dirname, "..");
const page = join(root, "README.md");

/** Resolves to the page as it stands and as it should. */
export async function galleryPage(): Promise<{ text: string; current: string }> {
  const text = readFileSync(page, "utf8");
  return { text, current: await pageWith(text, { name: "connectors", heading: "## Connectors", text: gallery() }) };
}

/** Sources first, and of each kind the examples last. */
function gallery(): string {
  const names = globSync("connectors/{source,destination}-*/src/bin.ts", { cwd: root }).map((bin) =>
    basename(dirname(dirname(bin))),
  );
  const rank = (name: string) => `${name.startsWith("source-") ? 0 : 1}${name.endsWith("-example") ? 1 : 0}${name}`;
  const rows = names.toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1)).map((name) => rowOf(specOf(name)));
  return [["connector", "what it does", "what it can"], ["---", "---", "---"], ...rows].map(tableRow).join("\n");
}

function rowOf(spec: Payload<"spec">): string[] {
  const { name, description = "" } = spec.connector;
  const own = join("docs", "connectors", `${name}.md`);
  const path = existsSync(join(root, own)) ? own : join("docs", "connectors", "writing-a-connector.md");
  return [`[${name}](${path})`, description, capabilityWords(spec)];
}

function specOf(name: string): Payload<"spec"> {
  const bin = join(root, "connectors", name, "src", "bin.ts");
  const output = execFileSync(process.execPath, ["--conditions=@sluice/source", bin, "spec"], { encoding: "utf8" });
  const message = messageSchemas.spec.parse(JSON.parse(output));
  if (message.type !== "spec") throw new Error(`${name} spec did not print a spec message.`);
  return message.spec;
}

if (import.meta.main) writeFileSync(page, (await galleryPage()).current);
