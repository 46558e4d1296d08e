import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

export type Kind = "bench" | "soak";

/** A file `<package>/bench/NAME.ts` or `<package>/soak/NAME.ts`; `path` leads to it from the root. */
export type EvidenceModule = { name: string; path: string };

/** Yields the benches or soaks of all packages, sorted by name; throws when two have one name. */
export function findModules(root: string, kind: Kind): EvidenceModule[] {
  const paths = globSync(`{*,connectors/*}/${kind}/*.ts`, { cwd: root, exclude: ["node_modules"] });
  const modules = paths
    .filter((path) => !path.endsWith(".test.ts"))
    .map((path) => ({ name: basename(path, ".ts"), path }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const twin = modules.find(({ name }, index) => name === modules[index + 1]?.name);
  if (twin !== undefined) throw new Error(`There are two of the name ${twin.name} (${twin.path}); rename one.`);
  return modules;
}

/** Yields the modules of these names, or all when none is given; throws with the names there are. */
export function selectModules(modules: readonly EvidenceModule[], names: readonly string[]): EvidenceModule[] {
  if (names.length === 0) return [...modules];
  return names.map((name) => {
    const found = modules.find((module) => module.name === name);
    if (found !== undefined) return found;
    throw new Error(
      `There is no "${name}"; there is ${modules.map((module) => module.name).join(", ") || "none yet"}.`,
    );
  });
}

/** Resolves to what a module exports under the name of its kind. */
export async function loadModule<Exported>(root: string, { path }: EvidenceModule, kind: Kind): Promise<Exported> {
  const module: Record<string, unknown> = await import(pathToFileURL(join(root, path)).href);
  if (typeof module[kind] !== "object") throw new Error(`${path} does not export an object "${kind}".`);
  return module[kind] as Exported;
}
