import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SluiceError } from "@sluice/protocol";
import { z } from "zod";
import { type Catalog, readCatalog } from "../catalog.ts";
import { catalogVersion } from "../generated/version.ts";
import { catalogOf } from "../openapi/catalog.ts";
import { DocumentCache, defaultCacheFolder } from "./document-cache.ts";
import { type DownloadOptions, download } from "./download.ts";

/** Where a catalog comes from when it is not the shipped one. */
export type LoadOptions = DownloadOptions & {
  /**
   * A file or URL: of an OpenAPI document, with `{version}` in it for one of each version, or of an index,
   * `{"versions": {"2026-10-28.endive": "URL or path"}}`. `#sha256=…` at the end holds it to a checksum.
   * Without it, what Stripe publishes as its newest document.
   */
  location?: string | undefined;
  /** The folder in which fetched documents are kept; one below the user's caches by default. */
  cacheFolder?: string | undefined;
};

/** Stripe's newest document; which version that is, the document says. */
const NEWEST = "https://raw.githubusercontent.com/stripe/openapi/master/openapi/spec3.json";

const VersionIndex = z.looseObject({ versions: z.record(z.string(), z.string().min(1)) });

/**
 * Resolves to the catalog of an API version: the shipped one when that is its version and no location is given, else one
 * read from a document. Rejects with `config` when the document of just this version cannot be had.
 */
export async function catalogOfVersion(version: string, options: LoadOptions = {}): Promise<Catalog> {
  const { location } = options;
  if (location === undefined && version === catalogVersion) return readCatalog();
  const catalog = await load(version, { ...options, location: location ?? NEWEST });
  if (catalog.api_version === version) return catalog;
  const found = `${location ?? NEWEST} describes version ${catalog.api_version}, not ${version}`;
  throw new SluiceError(
    "config",
    `${found}; set api_version to ${location === undefined ? `${catalogVersion} or ` : ""}${catalog.api_version}, or openapi to a document of ${version}.`,
  );
}

/** Resolves to the versions that a location offers, oldest first: those of an index, or the one of a document. */
export async function listVersions(options: LoadOptions = {}): Promise<string[]> {
  const { location } = options;
  if (location === undefined) return [catalogVersion];
  if (location.includes("{version}"))
    throw new SluiceError(
      "config",
      `${location} has a document for each version and does not say which; name one, or give an index.`,
    );
  const json = parsedJson(await download(location, options), location);
  const index = VersionIndex.safeParse(json);
  return index.success ? Object.keys(index.data.versions).toSorted() : [catalogOf(json).api_version];
}

/** `index` is where the location was found, which then has to be a document. */
type Wanted = LoadOptions & { location: string; index?: string };

async function load(version: string, options: Wanted): Promise<Catalog> {
  const location = options.location.replaceAll("{version}", version);
  const cache = new DocumentCache(options.cacheFolder ?? defaultCacheFolder());
  const key = `${location} ${version}`;
  const isRemote = /^https?:/i.test(location);
  const kept = isRemote ? await cache.get(key) : undefined;
  if (kept !== undefined) return catalogOf(parsedJson(kept, location));
  const bytes = await download(location, options);
  const json = parsedJson(bytes, location);
  const index = VersionIndex.safeParse(json);
  if (index.success) {
    if (options.index !== undefined)
      throw new SluiceError("config", `The index ${options.index} names another index, ${location}; give a document.`);
    return load(version, { ...options, location: entryOf(index.data.versions, version, location), index: location });
  }
  const catalog = catalogOf(json);
  if (isRemote && catalog.api_version === version) await cache.put(key, bytes);
  return catalog;
}

/** An entry of an index is an address of its own, or one beside the index; a checksum behind it stays. */
function entryOf(versions: Readonly<Record<string, string>>, version: string, index: string): string {
  const entry = versions[version];
  if (entry === undefined)
    throw new SluiceError(
      "config",
      `The index ${index} has no version ${version}; it has ${Object.keys(versions).toSorted().join(", ")}.`,
    );
  const [address = ""] = index.split("#", 1);
  if (!isUrl(address) || address.startsWith("file:")) return isUrl(entry) ? entry : besideFile(entry, address);
  // what a server says leads to no file of this machine
  const url = URL.parse(entry, address);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href;
  throw new SluiceError("config", `The index ${index} names ${entry}, which is no http or https address; correct it.`);
}

function isUrl(location: string): boolean {
  return /^[a-z]+:/i.test(location);
}

function besideFile(entry: string, index: string): string {
  const folder = dirname(isUrl(index) ? fileURLToPath(index) : index);
  const [path = "", ...checksum] = entry.split("#");
  return [resolve(folder, path), ...checksum].join("#");
}

function parsedJson(bytes: Buffer, location: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new SluiceError("config", `${location} is no JSON; give an OpenAPI document or an index of them.`, {
      cause: error,
    });
  }
}
