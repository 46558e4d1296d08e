import type { Payload } from "@sluice/protocol";
import { properties, valuesAt } from "./schema.ts";

const SHORTEST = 6;

/** Yields the secrets of a configuration: the values of what the schema marks, and the password in a URL. */
export function secretsOf({ config: schema }: Payload<"spec">, config: Readonly<Record<string, unknown>>): string[] {
  const marked = properties(schema).filter(({ schema: field }) => field["secret"] === true);
  const values = marked.flatMap(({ path }) => valuesAt(config, path));
  const secrets = values.filter((value) => typeof value === "string").map((value) => passwordIn(value) ?? value);
  return secrets.filter((secret) => secret.length >= SHORTEST);
}

function passwordIn(value: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//.test(value)) return undefined;
  const password = URL.parse(value)?.password ?? "";
  try {
    return decodeURIComponent(password);
  } catch {
    // a bare % stands for itself
    return password;
  }
}

/** Yields the encodings in which a text shows one of these secrets. */
export function leaksIn(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) =>
    Object.entries(spellings(secret))
      .filter(([, forms]) => forms.some((form) => text.includes(form)))
      .map(([encoding]) => encoding),
  );
}

/** The six ways in which a program may print a secret. */
function spellings(secret: string): Record<string, string[]> {
  const bytes = Buffer.from(secret);
  return {
    "as it is": [secret],
    "as a JSON string": [JSON.stringify(secret).slice(1, -1)],
    "URL-encoded": [encodeURIComponent(secret)],
    "in base64": [0, 1, 2].map((shift) => middle(bytes, shift, "base64")),
    "in base64url": [0, 1, 2].map((shift) => middle(bytes, shift, "base64url")),
    "in hexadecimal": [bytes.toString("hex"), bytes.toString("hex").toUpperCase()],
  };
}

/** Yields the letters that are the same wherever in a longer text the secret stands, `shift` bytes behind a multiple of three. */
function middle(bytes: Buffer, shift: number, encoding: "base64" | "base64url"): string {
  const start = (3 - shift) % 3;
  const whole = Math.floor((bytes.length - start) / 3) * 3;
  return bytes
    .subarray(start, start + whole)
    .toString(encoding)
    .replace(/=+$/, "");
}
