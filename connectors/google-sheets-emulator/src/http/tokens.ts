import { createPublicKey, generateKeyPairSync, randomBytes, verify, type KeyObject } from "node:crypto";
import { ApiError } from "../api-error.ts";
import type { Clock } from "../clock.ts";

const JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const AUDIENCE = "https://oauth2.googleapis.com/token";
const SCOPE = "https://www.googleapis.com/auth/spreadsheets";
/** Google allows an assertion an hour, and clocks that differ a little. */
const MAX_ASSERTION_SECONDS = 3600;
const SKEW_SECONDS = 300;

/** The members of a service account's key file that matter here. */
export type ServiceAccountKey = { type: "service_account"; client_email: string; private_key: string };
export type RefreshToken = { client_id: string; client_secret: string; refresh_token: string };

/** A refusal of the token endpoint, in the form of RFC 6749. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly error: string;

  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

type TokensOptions = { clock: Clock; lifetimeSeconds: () => number };

/** The users of the service, what they log in with, and the access tokens that they have. */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #keys = new Map<string, KeyObject>();
  readonly #refreshTokens = new Map<string, RefreshToken & { user: string }>();
  #access = new Map<string, { user: string; expiresMs: number }>();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** Yields the key of a new service account. */
  addServiceAccount(email: string): ServiceAccountKey {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    this.#keys.set(email, createPublicKey(publicKey));
    return { type: "service_account", client_email: email, private_key: privateKey };
  }

  /** Yields what a person who allowed an application to act for them has given it. */
  addRefreshToken(user: string): RefreshToken {
    const name = randomBytes(8).toString("hex");
    const token = { client_id: `${name}.apps`, client_secret: `GOCSPX-${name}`, refresh_token: `1//0${name}` };
    this.#refreshTokens.set(token.refresh_token, { ...token, user });
    return token;
  }

  /** Yields the answer of the token endpoint; throws a TokenError. */
  grant(form: URLSearchParams): object {
    const user = form.get("grant_type") === JWT_GRANT ? this.#ofAssertion(form) : this.#ofRefreshToken(form);
    const token = `ya29.${randomBytes(16).toString("hex")}`;
    const seconds = this.#options.lifetimeSeconds();
    this.#access.set(token, { user, expiresMs: this.#options.clock.now() + seconds * 1000 });
    return { access_token: token, expires_in: seconds, token_type: "Bearer", scope: SCOPE };
  }

  /** Yields whose access token a header carries; throws the API's refusal. */
  userOf(authorization: string | undefined): string {
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "";
    const known = this.#access.get(token);
    if (known !== undefined && known.expiresMs > this.#options.clock.now()) return known.user;
    throw new ApiError(
      401,
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
    );
  }

  /** Ends every access token before its time. */
  expireAll(): void {
    this.#access = new Map();
  }

  #ofRefreshToken(form: URLSearchParams): string {
    if (form.get("grant_type") !== "refresh_token")
      throw new TokenError("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
    const known = this.#refreshTokens.get(form.get("refresh_token") ?? "");
    if (known === undefined) throw new TokenError("invalid_grant", "Token has been expired or revoked.");
    if (form.get("client_id") !== known.client_id || form.get("client_secret") !== known.client_secret)
      throw new TokenError("invalid_client", "The OAuth client was not found.");
    return known.user;
  }

  #ofAssertion(form: URLSearchParams): string {
    const [header = "", payload = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const claims = parseClaims(payload);
    const email = String(claims["iss"]);
    const key = this.#keys.get(email);
    if (key === undefined) throw new TokenError("invalid_grant", "Invalid grant: account not found");
    const signed = Buffer.from(`${header}.${payload}`);
    if (!verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url")))
      throw new TokenError("invalid_grant", "Invalid JWT Signature.");
    const [issued, expires] = [Number(claims["iat"]), Number(claims["exp"])];
    // a client has the real time, whatever this service's clock was moved to
    const isNow = Math.abs(Date.now() / 1000 - issued) <= SKEW_SECONDS;
    if (claims["aud"] !== AUDIENCE || !isNow || expires - issued > MAX_ASSERTION_SECONDS)
      throw new TokenError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes).");
    if (!String(claims["scope"]).split(" ").includes(SCOPE))
      throw new TokenError("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    return email;
  }
}

function parseClaims(payload: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString());
  } catch {
    // the answer names the grant, and not what was in it
    throw new TokenError("invalid_grant", "Bad Request");
  }
}
