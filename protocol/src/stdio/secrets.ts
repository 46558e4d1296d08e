const MASK = "***";
/** Shorter values would mask half of every text. */
const SHORTEST = 6;

/** The longest first, so that no rest of a secret stays that contains another one. */
let secrets: string[] = [];

/**
 * Remembers a secret, so that it is masked in whatever this process prints for people: as it is, URL-encoded, and as
 * a JSON string has it. Of a connection string the passwords are secrets of their own.
 */
export function rememberSecret(value: string): void {
  const spellings = [value, ...passwordsIn(value)].flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const known = new Set([...secrets, ...spellings.filter(({ length }) => length >= SHORTEST)]);
  secrets = [...known].sort((one, other) => other.length - one.length);
}

/** Yields the text with every remembered secret replaced by asterisks. */
export function maskSecrets(text: string): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** A driver reports the password of a connection string alone, decoded or not. */
function passwordsIn(value: string): string[] {
  const userInfo = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:(.*)$/is.exec(value)?.[1] ?? "";
  // an "@" that is not encoded may belong to the password, so each one may end it
  const inUserInfo = [...userInfo.matchAll(/@/g)].map(({ index }) => userInfo.slice(0, index));
  const inParameters = [...value.matchAll(/password\s*=\s*('[^']*'|[^\s&]+)/gi)].map((match) =>
    (match[1] ?? "").replaceAll("'", ""),
  );
  return [...inUserInfo, ...inParameters].flatMap((password) => [password, safeDecode(password)]);
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // not URL-encoded after all
    return text;
  }
}
