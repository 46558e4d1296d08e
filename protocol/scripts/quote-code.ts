import { readFileSync } from "node:fs";
import { glob, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const quotation = /(<!-- code: (\S+) -->\n+)```\w*\n(?:(?!```).*\n)*```/g;

/** Yields a page with each block behind a `<!-- code: path -->` replaced by the file that it names. */
export function quoteCode(page: string): string {
  return page.replaceAll(quotation, (_, marker: string, path: string) => {
    const code = readFileSync(join(root, path), "utf8").trimEnd();
    return `${marker}\`\`\`${extname(path).slice(1)}\n${code}\n\`\`\``;
  });
}

/** Yields the paths of all pages of documentation, in docs/ and at the root, relative to the repository. */
export async function docsPages(): Promise<string[]> {
  const pages: string[] = [];
  for await (const page of glob(["*.md", "docs/**/*.md"], { cwd: root })) pages.push(page);
  return pages.sort();
}

if (import.meta.main) {
  for (const page of await docsPages()) {
    const path = join(root, page);
    const text = await readFile(path, "utf8");
    const current = quoteCode(text);
    if (current !== text) await writeFile(path, current);
  }
}
