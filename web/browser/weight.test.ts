import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const DIST = join(import.meta.dirname, "..", "dist");
const FIRST_LOAD_BYTES = 250 * 1000;
const PAGE_BYTES = 500 * 1000;
/** What is loaded only when it is used, and is as large as it is. */
const ON_USE = ["src/sql/code-editor.tsx", "src/explorer/explorer-database.ts"];

/** A chunk of the build as its manifest tells it. */
type Chunk = {
  file: string;
  src?: string;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
  isEntry?: true;
};

const manifest = JSON.parse(readFileSync(join(DIST, ".vite", "manifest.json"), "utf8")) as Record<string, Chunk>;

/** Yields the files that come with a chunk: its own, its styles, and what it cannot do without. */
function filesOf(name: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (chunk === undefined || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const each of chunk.imports ?? []) filesOf(each, found);
  return found;
}

/** Yields the bytes that go over the wire; a font is compressed as it is. */
function weightOf(files: Iterable<string>): number {
  return [...files].reduce((sum, file) => {
    const bytes = readFileSync(join(DIST, file));
    return sum + (file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length);
  }, 0);
}

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? "";
const pages = Object.keys(manifest).filter((name) => /-(page|tab|frame)\.tsx$/.test(name));

test("the first load is at most 250 kB compressed: the document, the entry, the list of pipelines and the font", () => {
  const list = pages.find((name) => name.endsWith("/pipelines-page.tsx"));
  expect(list).toBeDefined();
  const fonts = globSync("assets/inter-latin-wght-normal-*.woff2", { cwd: DIST });
  expect(fonts).toHaveLength(1);
  const files = new Set(["index.html", ...filesOf(entry), ...filesOf(list ?? ""), ...fonts]);
  expect(weightOf(files)).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
});

test("no page is over 500 kB compressed, with all that it may load but Postgres and the editor", () => {
  expect(pages.length).toBeGreaterThan(3);
  for (const page of pages) {
    const later = (manifest[page]?.dynamicImports ?? []).filter((name) => !ON_USE.includes(name));
    const files = new Set([...filesOf(entry), ...filesOf(page), ...later.flatMap((name) => [...filesOf(name)])]);
    expect({ page, isLight: weightOf(files) <= PAGE_BYTES }).toEqual({ page, isLight: true });
  }
});

test("neither the editor nor Postgres is a part of any page", () => {
  for (const page of [entry, ...pages])
    for (const heavy of ON_USE) {
      expect(manifest[heavy]).toBeDefined();
      expect(filesOf(page)).not.toContain(manifest[heavy]?.file);
    }
});
