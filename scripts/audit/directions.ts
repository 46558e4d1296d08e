import { dirname, join } from "node:path";
import type { Violation } from "./violation.ts";
import { importsOf, within, type WorkspacePackage } from "./workspace.ts";

type Role = "protocol" | "connector" | "kit" | "runner" | "conformance" | "orchestrator" | "web" | "evidence";

// Who may use whom. Nobody uses a connector: it is found and spawned.
const ALLOWED: Record<Role, readonly Role[]> = {
  protocol: [],
  kit: ["protocol", "kit"],
  connector: ["protocol", "kit"],
  runner: ["protocol", "kit"],
  conformance: ["protocol", "kit"],
  orchestrator: ["protocol", "kit", "runner"],
  web: ["protocol", "kit", "orchestrator"],
  evidence: [],
};

// What benches and proofs are written with is private: only they may import it, and no package that is published depends
// on it. The same goes for the services that tests start, which tests may import, too.
const EVIDENCE_FILES: Record<string, RegExp> = {
  "scripts/evidence-package": /^(bench|soak)\//,
  "scripts/services-package": /^(bench|soak)\/|\.test\.ts$|\/fixtures\//,
};

/** Yields every dependency and import between packages that the architecture does not allow. */
export function auditDirections(packages: readonly WorkspacePackage[]): Violation[] {
  const byName = new Map(packages.map((each) => [each.manifest.name, each]));
  return packages.flatMap((from) => [...auditManifest(from, byName), ...auditImports(from, byName)]);
}

function roleOf({ folder }: WorkspacePackage): Role | undefined {
  const [top, name] = folder.split("/");
  if (top === "connectors") return /^(source|destination)-/.test(name ?? "") ? "connector" : "kit";
  if (folder in EVIDENCE_FILES) return "evidence";
  return Object.keys(ALLOWED).includes(top ?? "") ? (top as Role) : undefined;
}

function mayUse(from: WorkspacePackage, to: WorkspacePackage): boolean {
  const [user, used] = [roleOf(from), roleOf(to)];
  return user !== undefined && used !== undefined && (used === "evidence" || ALLOWED[user].includes(used));
}

function auditManifest(from: WorkspacePackage, byName: ReadonlyMap<string, WorkspacePackage>): Violation[] {
  const path = join(from.folder, "package.json");
  if (roleOf(from) === undefined) {
    const message = `${from.folder} has no place in the architecture; give its folder a role first`;
    return [{ rule: "directions", path, message }];
  }
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = from.manifest;
  const published = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
  return [...published, ...Object.keys(devDependencies ?? {})]
    .map((name) => byName.get(name))
    .filter((to, index) => to !== undefined && (!mayUse(from, to) || (isEvidence(to) && index < published.length)))
    .map((to) => ({ rule: "directions", path, message: `may not depend on ${to?.manifest.name}` }));
}

function isEvidence(each: WorkspacePackage): boolean {
  return roleOf(each) === "evidence";
}

function auditImports(from: WorkspacePackage, byName: ReadonlyMap<string, WorkspacePackage>): Violation[] {
  return [...from.files].flatMap(([path, source]) =>
    importsOf(source).flatMap((specifier) => {
      const violation = specifier.startsWith(".")
        ? auditRelative(from, path, specifier)
        : auditPackageImport(from, path, { specifier, byName });
      return violation === undefined ? [] : [{ ...violation, path }];
    }),
  );
}

function auditRelative(from: WorkspacePackage, path: string, specifier: string): Omit<Violation, "path"> | undefined {
  const target = within(from, join(dirname(path), specifier));
  if (!target.startsWith("..")) return undefined;
  return { rule: "relative", message: `${specifier} reaches into another package; import that by its name` };
}

function auditPackageImport(
  from: WorkspacePackage,
  path: string,
  { specifier, byName }: { specifier: string; byName: ReadonlyMap<string, WorkspacePackage> },
): Omit<Violation, "path"> | undefined {
  const [scope, name, ...rest] = specifier.split("/");
  const to = byName.get(`${scope}/${name}`);
  if (to === undefined) {
    return scope === "@sluice" ? { rule: "directions", message: `${specifier} is no package of ours` } : undefined;
  }
  const isMisplaced = EVIDENCE_FILES[to.folder]?.test(within(from, path)) === false;
  // an example names its own package as its readers do
  const isAllowed = from === to || mayUse(from, to);
  if (!isAllowed || isMisplaced) return { rule: "directions", message: `may not import ${specifier}` };
  const entry = [".", ...rest].join("/");
  if (entry in (to.manifest.exports ?? {})) return undefined;
  return { rule: "deep-import", message: `${specifier} is no entry that ${to.manifest.name} exports` };
}
