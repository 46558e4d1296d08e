import { readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform } from "node:os";
import { format } from "prettier";

const PRINT_WIDTH = 120;

/** The part of a page that a script writes; what stands outside of it is for people, and stays. */
export type Part = { name: string; heading: string; text: string };

/** Writes a file as pageWith has it. */
export async function writePart(path: string, part: Part): Promise<void> {
  writeFileSync(path, await pageWith(readFileSync(path, "utf8"), part));
}

/** Resolves to a page with one part rewritten, or added at the end, formatted as prettier wants it. */
export function pageWith(page: string, part: Part): Promise<string> {
  return format(withPart(page, part), { parser: "markdown", printWidth: PRINT_WIDTH });
}

/** Yields the text of a part as it stands on a page, the empty string when it is not there. */
export function partOf(page: string, name: string): string {
  return splitAt(page, name)?.text ?? "";
}

function withPart(page: string, { name, heading, text }: Part): string {
  const [begin, end] = marks(name);
  const split = splitAt(page, name);
  const written = `${begin}\n\n${text}\n\n${end}`;
  return split === undefined
    ? `${page.trimEnd()}\n\n${heading}\n\n${written}\n`
    : `${split.before}${written}${split.after}`;
}

function splitAt(page: string, name: string): { before: string; text: string; after: string } | undefined {
  const [begin, end] = marks(name);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return { before: page.slice(0, from), text: page.slice(from + begin.length, to), after: page.slice(to + end.length) };
}

function marks(name: string): [string, string] {
  return [`<!-- ${name}: a script writes this part -->`, `<!-- /${name} -->`];
}

/** Yields a row of a table in Markdown. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** Yields the machine that figures were taken on, in a few words. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() || "unknown processor";
  return `${availableParallelism()} × ${model}, ${platform()} ${arch()}, Node ${process.versions.node}`;
}

/** Yields today's date in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Yields a number for people: four digits that count, thousands apart. */
export function rounded(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 4 }).format(value);
}
