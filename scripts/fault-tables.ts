import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pageWith, tableRow, type Part } from "./evidence/page.ts";

// The tables of faults in docs/conformance.md are written from what the programs print themselves.
const root = join(import.meta.dirname, "..");
const page = join(root, "docs", "conformance.md");

/** Resolves to the page as it stands and as it should. */
export async function faultPage(): Promise<{ text: string; current: string }> {
  const text = readFileSync(page, "utf8");
  const withSource = await pageWith(text, tableOf("source-faulty"));
  return { text, current: await pageWith(withSource, tableOf("destination-faulty")) };
}

function tableOf(program: string): Part {
  const bin = join(root, "conformance", "src", program, "bin.ts");
  const listed = execFileSync(process.execPath, ["--conditions=@sluice/source", bin, "--list"], { encoding: "utf8" });
  const rows = listed
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/))
    .map(([name = "", does = ""]) => [`\`${name}\``, does]);
  const text = [["fault", `${program}…`], ["---", "---"], ...rows].map(tableRow).join("\n");
  return { name: program, heading: `## ${program}`, text };
}

if (import.meta.main) writeFileSync(page, (await faultPage()).current);
