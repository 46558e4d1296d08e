import { SluiceError } from "@sluice/protocol";

/** Yields the version of a thing as an ETag (RFC 9110, 8.8.3). */
export function etag(version: number | string): string {
  return `"${version}"`;
}

/** Yields the version that a change was made from, where versions are counted; undefined when the request does not say. */
export function versionOf(ifMatch: string | undefined): number | undefined {
  const tag = tagOf(ifMatch);
  if (tag === undefined) return undefined;
  if (/^\d+$/.test(tag)) return Number(tag);
  throw notAnswered();
}

/** Yields what stands between the quotes of the ETag that a change was made from; undefined when the request does not say. */
export function tagOf(ifMatch: string | undefined): string | undefined {
  if (ifMatch === undefined || ifMatch === "*") return undefined;
  const [, tag] = /^"([^"]*)"$/.exec(ifMatch) ?? [];
  if (tag !== undefined) return tag;
  throw notAnswered();
}

function notAnswered(): SluiceError {
  return new SluiceError("config", 'If-Match must be an ETag that was answered, such as "3".');
}
