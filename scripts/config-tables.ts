import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

// The tables of configuration fields in docs/connectors are written from each connector's own `spec`.
const root = join(import.meta.dirname, "..");
const BEGIN = "<!-- config: written by scripts/config-tables.ts -->";
const END = "<!-- /config -->";

type ConfigSchema = { properties?: Record<string, FieldSchema>; required?: string[] };
type FieldSchema = { description?: string; default?: unknown; secret?: boolean };

/** A page of documentation, as it stands and as it should. */
export type Page = { path: string; text: string; current: string };

/** Yields the page of every connector that has one with a place for its table. */
export function configPages(): Page[] {
  return globSync("connectors/{source,destination}-*/src/bin.ts", { cwd: root })
    .map((bin) => ({ bin, path: join("docs", "connectors", `${basename(dirname(dirname(bin)))}.md`) }))
    .filter(({ path }) => existsSync(join(root, path)))
    .map(({ bin, path }) => pageOf(bin, path))
    .filter(({ text }) => text.includes(BEGIN));
}

function pageOf(bin: string, path: string): Page {
  const text = readFileSync(join(root, path), "utf8");
  const [before = "", rest = ""] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? "";
  return { path, text, current: `${before}${BEGIN}\n\n${tableOf(specOf(bin))}\n\n${END}${after}` };
}

function specOf(bin: string): ConfigSchema {
  const output = execFileSync(process.execPath, ["--conditions=@sluice/source", join(root, bin), "spec"], {
    encoding: "utf8",
  });
  return JSON.parse(output).spec.config;
}

function tableOf({ properties = {}, required = [] }: ConfigSchema): string {
  const rows = Object.entries(properties).map(([name, field]) => {
    const value =
      field.default === undefined
        ? required.includes(name)
          ? "required"
          : ""
        : `\`${JSON.stringify(field.default).replaceAll('"', "")}\``;
    return [`\`${name}\``, value, `${field.description ?? ""}${field.secret === true ? " Secret." : ""}`];
  });
  const table = [["field", "default", "meaning"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  return [lines[0], `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...lines.slice(1)].join("\n");
}

if (import.meta.main) for (const { path, current } of configPages()) writeFileSync(join(root, path), current);
