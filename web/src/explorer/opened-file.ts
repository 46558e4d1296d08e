import type { StreamShape } from "./stream-table.ts";

/** A version of Stripe's API with the streams that it has. */
export type ApiVersion = { version: string; streams: StreamShape[] };

const GZIP_MAGIC = [0x1f, 0x8b];

/** Resolves to the version that comes with the page. */
export async function shippedVersion(): Promise<ApiVersion> {
  const { readCatalog, allStreams } = await import("@sluice/stripe-catalog/browser");
  const catalog = readCatalog();
  return { version: catalog.api_version, streams: allStreams(catalog) };
}

/** Resolves to the version that an OpenAPI document of Stripe's describes; rejects with words for what is none. */
export async function versionOf(document: Blob): Promise<ApiVersion> {
  const { catalogOf, allStreams } = await import("@sluice/stripe-catalog/browser");
  let value: unknown;
  try {
    value = JSON.parse(await document.text());
  } catch (cause) {
    throw new Error("This file is no JSON. Take spec3.json, or spec3.sdk.json, of Stripe's OpenAPI documents.", {
      cause,
    });
  }
  const catalog = catalogOf(value);
  return { version: catalog.api_version, streams: allStreams(catalog) };
}

/** Resolves to what is in a file, decompressed where it is compressed. */
export async function contentOf(file: Blob): Promise<Blob> {
  const start = new Uint8Array(await file.slice(0, GZIP_MAGIC.length).arrayBuffer());
  if (!GZIP_MAGIC.every((byte, index) => start[index] === byte)) return file;
  return new Response(file.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
}

/** Resolves to the names in the first line of a CSV file; rejects with words for those that name no columns. */
export async function csvHeader(file: Blob): Promise<string[]> {
  const { default: papa } = await import("papaparse");
  const { data } = papa.parse<string[]>(await file.slice(0, 1024 * 1024).text(), { preview: 1 });
  const names = data[0] ?? [];
  if (names.length === 0 || names.includes("") || new Set(names).size < names.length)
    throw new Error("The first line of this file does not name its columns, each once. Add such a line.");
  return names;
}
