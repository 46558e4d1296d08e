import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pageWith, tableRow } from "./evidence/page.ts";

// The table of checks in docs/conformance.md is written from what `sluice test --list` prints.
const root = join(import.meta.dirname, "..");
const page = join(root, "docs", "conformance.md");

/** Resolves to the page as it stands and as it should. */
export async function checkPage(): Promise<{ text: string; current: string }> {
  const text = readFileSync(page, "utf8");
  return { text, current: await pageWith(text, { name: "checks", heading: "## Checks", text: table() }) };
}

type Listed = { id: string; level: number; kinds: string[]; title: string; fix: string; defect: string };

function table(): string {
  const bin = join(root, "conformance", "src", "kit", "bin.ts");
  const args = ["--conditions=@sluice/source", bin, "--list", "--json"];
  const checks = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Listed[];
  const rows = checks.map(({ id, level, kinds, title, defect, fix }) => [
    id,
    String(level),
    kinds.length === 2 ? "both" : (kinds[0] ?? ""),
    title,
    defect,
    fix,
  ]);
  const head = ["id", "level", "for", "what holds", "the defect that it finds: a connector that…", "what to do"];
  return [head, head.map(() => "---"), ...rows].map(tableRow).join("\n");
}

if (import.meta.main) writeFileSync(page, (await checkPage()).current);
