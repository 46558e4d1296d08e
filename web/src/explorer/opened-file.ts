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
  return GZIP_MAGIC.every((byte, index) => start[index] === byte) ? unzipped(file) : file;
}

/** A recording is many gzip members one behind the other, of which a browser's own DecompressionStream takes the first only. */
async function unzipped(file: Blob): Promise<Blob> {
  const { Gunzip } = await import("fflate");
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const gunzip = new Gunzip((part) => parts.push(part as Uint8Array<ArrayBuffer>));
  const into = new WritableStream<Uint8Array>({
    write: (chunk) => gunzip.push(chunk),
    // by itself, or only the first member of what comes with the end would be taken
    close: () => gunzip.push(new Uint8Array(), true),
  });
  try {
    await file.stream().pipeTo(into);
  } catch (cause) {
    throw new Error("This file is compressed, and damaged or cut off. Get it again.", { cause });
  }
  return new Blob(parts);
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
