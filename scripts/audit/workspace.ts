import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What the audits read of a package.json. */
interface Manifest {
  name: string;
  type?: string;
  license?: string;
  engines?: { node?: string };
  exports?: Record<string, Record<string, string>>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** A package of the repository: `folder` is its path from the root, `files` its own TypeScript and JavaScript, by path from the root. */
export interface WorkspacePackage {
  folder: string;
  manifest: Manifest;
  files: Map<string, string>;
}

/** Yields the packages that the root's `workspaces` name. */
export function readWorkspace(root: string): WorkspacePackage[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return globSync(workspaces, { cwd: root })
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .sort()
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")),
      files: readSources(root, folder),
    }));
}

function readSources(root: string, folder: string): Map<string, string> {
  const paths = globSync("{*,{src,bin,scripts,bench,soak,browser}/**/*}.{ts,tsx,js}", {
    cwd: join(root, folder),
    exclude: (path) => /(^|\/)(node_modules|dist|generated)(\/|$)/.test(path),
  });
  return new Map(paths.sort().map((path) => [join(folder, path), readFileSync(join(root, folder, path), "utf8")]));
}

/** Yields every module that a source text imports or exports from, as it is spelled there. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g)].map((match) => match[1] ?? "");
}

/** Yields `path` from the folder of a package, with `..` where it leads out of it. */
export function within({ folder }: WorkspacePackage, path: string): string {
  return relative(folder, path);
}
