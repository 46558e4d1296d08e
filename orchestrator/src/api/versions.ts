import { SluiceError } from "@sluice/protocol";

/** Yields the version of a thing as an ETag (RFC 9110, 8.8.3). */
export function etag(version: number): string {
  return `"${version}"`;
}

/** Yields the version that a change was made from; undefined when the request does not say. */
export function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === "*") return undefined;
  const [, version] = /^"(\d+)"$/.exec(ifMatch) ?? [];
  if (version !== undefined) return Number(version);
  throw new SluiceError("config", 'If-Match must be an ETag that was answered, such as "3".');
}
