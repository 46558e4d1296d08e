import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SluiceError } from "@sluice/protocol";

/** What is looked at of an answer. */
type Downloaded = { ok: boolean; status: number; body: AsyncIterable<Uint8Array> | null };
/** How a document is fetched. */
export type DownloadOptions = {
  /** The time for the whole of it; 30 s by default. */
  timeoutMs?: number | undefined;
  /** The most that it may be; 64 MiB by default. */
  maxBytes?: number | undefined;
  /** The function to fetch with, for who needs a proxy; the built-in one by default. */
  fetch?: ((address: string, options: { signal: AbortSignal }) => Promise<Downloaded>) | undefined;
  signal?: AbortSignal | undefined;
};

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Resolves to the bytes of a file or URL; a fragment `#sha256=…` has to be their checksum. Rejects with `config` where
 * they cannot be had, are too many, or are not those of the checksum.
 */
export async function download(location: string, options: DownloadOptions = {}): Promise<Buffer> {
  const [address = "", fragment = ""] = location.split("#", 2);
  const checksum = /^sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1]?.toLowerCase();
  if (fragment !== "" && checksum === undefined)
    throw new SluiceError("config", `What follows # in ${location} is no checksum; write #sha256= and 64 hex digits.`);
  const isRemote = /^https?:/i.test(address);
  if (isRemote && checksum === undefined) refuseUnprotected(address);
  const bytes = isRemote ? await fromUrl(address, options) : await fromFile(address, options);
  const actual = sha256(bytes);
  if (checksum !== undefined && actual !== checksum)
    throw new SluiceError(
      "config",
      `${address} has the checksum ${actual}, not the ${checksum} that is wanted; check both.`,
    );
  return bytes;
}

/** Yields the checksum of bytes in hex digits. */
export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Without encryption anybody on the way decides which streams there are, unless a checksum does. */
function refuseUnprotected(address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return;
  throw new SluiceError(
    "config",
    `${address} is not encrypted; use https, or add #sha256= and the document's checksum.`,
  );
}

async function fromFile(address: string, { maxBytes = MAX_BYTES }: DownloadOptions): Promise<Buffer> {
  const path = address.startsWith("file:") ? fileURLToPath(address) : address;
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    return await readFile(path);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError("config", `The file ${path} cannot be read; check the path and its rights.`, {
      cause: error,
    });
  }
}

async function fromUrl(address: string, options: DownloadOptions): Promise<Buffer> {
  const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const signals = signal === undefined ? [timeout] : [timeout, signal];
    const response = await (options.fetch ?? fetch)(address, { signal: AbortSignal.any(signals) });
    if (!response.ok)
      throw new SluiceError(
        "config",
        `${address} answered ${response.status}; check the address and the version in it.`,
      );
    return await bodyOf(response, address, maxBytes);
  } catch (error) {
    if (error instanceof SluiceError || signal?.aborted === true) throw error;
    const why = timeout.aborted ? `did not come within ${timeoutMs} ms` : "cannot be reached";
    throw new SluiceError("config", `${address} ${why}; check the network, or give the document as a file.`, {
      cause: error,
    });
  }
}

async function bodyOf(response: Downloaded, address: string, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(address, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(address: string, maxBytes: number): SluiceError {
  return new SluiceError(
    "config",
    `${address} is larger than ${maxBytes} bytes, so it is no document of Stripe's API.`,
  );
}
