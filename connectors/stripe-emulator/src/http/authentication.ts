import { ApiError } from "./api-error.ts";

const VERSION_FORM = /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/;

/** Yields the key that the header carries, as a bearer token or as the user of basic auth; throws an ApiError for any but these. */
export function authenticate(authorization: string | undefined, keys: { has(key: string): boolean }): string {
  const key = presentedKey(authorization);
  if (key === "") {
    const message =
      "You did not provide an API key. Send it in the Authorization header, as in 'Authorization: Bearer YOUR_SECRET_KEY'.";
    throw new ApiError(message, { status: 401 });
  }
  if (keys.has(key)) return key;
  if (key.startsWith("pk_")) {
    const message = "A publishable API key cannot make this call. Use a secret API key.";
    throw new ApiError(message, { status: 403, code: "secret_key_required" });
  }
  throw new ApiError(`Invalid API Key provided: ${maskedKey(key)}`, { status: 401 });
}

/** Yields the API version to answer in; throws an ApiError for a header that is no version. */
export function requestedVersion(header: string | string[] | undefined, fallback: string): string {
  if (header === undefined) return fallback;
  if (typeof header === "string" && VERSION_FORM.test(header)) return header;
  throw new ApiError(`Invalid Stripe API version: ${String(header).slice(0, 40)}`, { status: 400 });
}

/** Yields the key of a header, or nothing. */
export function presentedKey(authorization: string | undefined): string {
  const [scheme = "", credentials = ""] = (authorization ?? "").trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return "";
  return Buffer.from(credentials, "base64").toString("utf8").split(":", 1)[0] ?? "";
}

/** Shows the kind of key and its last four characters, never the rest. */
export function maskedKey(key: string): string {
  const kind = /^[a-z]{2,3}_(?:test|live)_/.exec(key)?.[0] ?? "";
  const secret = key.slice(kind.length);
  const shown = secret.length > 8 ? secret.slice(-4) : "";
  return `${kind}${"*".repeat(Math.min(Math.max(secret.length - shown.length, 4), 24))}${shown}`;
}
