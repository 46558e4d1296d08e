import { createHash } from "node:crypto";

/**
 * What stands in our own column beside each row: of which version it is, and what decides between two contents of one
 * version; or that it is the place of a row that was deleted, and its key; or by whom it was appended.
 */
export type Marker =
  | { type: "row"; version: number | undefined; hash: string }
  | { type: "deleted"; version: number | undefined; key: string }
  | { type: "appended"; version: number | undefined; writer: string };

const SIGNS = { ".": "row", "!": "deleted", "+": "appended" } as const;
const HASH_CHARACTERS = 16;

/** Yields a marker as the text of a cell. */
export function markerText(marker: Marker): string {
  const version = marker.version ?? "";
  if (marker.type === "row") return `${version}.${marker.hash}`;
  return marker.type === "deleted" ? `${version}!${marker.key}` : `${version}+${marker.writer}`;
}

/** Yields the marker of a cell; undefined for what is none. */
export function parseMarker(text: string): Marker | undefined {
  const [, digits = "", sign, rest = ""] = /^(\d*)([.!+])(.*)$/s.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const version = digits === "" ? undefined : Number(digits);
  const type = SIGNS[sign as keyof typeof SIGNS];
  if (type === "row") return { type, version, hash: rest };
  return type === "deleted" ? { type, version, key: rest } : { type, version, writer: rest };
}

/** Yields a hash of bytes that orders contents the same way everywhere. */
export function contentHash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, HASH_CHARACTERS);
}

/**
 * Tells whether a record takes the place of what is there: by version, then an upsert before a delete, then the hash.
 * Without versions the later one does, unless it changes nothing.
 */
export function wins(challenger: Marker, holder: Marker | undefined): boolean {
  if (holder === undefined) return true;
  const isSame =
    challenger.type === "row"
      ? holder.type === "row" && challenger.hash === holder.hash
      : challenger.type === holder.type;
  if (challenger.version === undefined || holder.version === undefined)
    return !(isSame && challenger.version === holder.version);
  if (challenger.version !== holder.version) return challenger.version > holder.version;
  if (challenger.type !== "row") return false;
  return holder.type !== "row" || challenger.hash > holder.hash;
}
