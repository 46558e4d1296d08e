const MASK = "***";
/** Shorter values would mask half of every text. */
const SHORTEST = 6;

/**
 * Masks secrets in text, in each spelling that a program may print them in: as they are, URL-encoded, as a JSON string
 * has them, and in base64 wherever in a longer text they stand. Of a text of several lines each line is a secret, and of
 * a connection string each password.
 */
export class SecretMask {
  /** The longest first, so that no rest of a secret stays that contains another one. */
  #spellings: string[] = [];

  /** Remembers a secret; yields false when it is too short to be masked. */
  remember(secret: string): boolean {
    if (secret.length < SHORTEST) return secret === "";
    const secrets = [secret, ...passwordsIn(secret), ...linesOf(secret)];
    const spellings = secrets.flatMap(spellingsOf).filter(({ length }) => length >= SHORTEST);
    this.#spellings = [...new Set([...this.#spellings, ...spellings])].sort((one, other) => other.length - one.length);
    return true;
  }

  /** Yields the text with every remembered secret replaced by asterisks. */
  mask(text: string): string {
    return this.#spellings.reduce((masked, spelling) => masked.replaceAll(spelling, MASK), text);
  }

  /** Yields a mask for text that comes in pieces: no secret passes because it was cut in two. */
  stream(): MaskStream {
    return new MaskStream(this, () => this.#spellings);
  }
}

/** Masks a text that comes piece by piece; holds back what may be the beginning of a secret. */
export class MaskStream {
  readonly #mask: SecretMask;
  readonly #spellings: () => readonly string[];
  #held = "";

  constructor(mask: SecretMask, spellings: () => readonly string[]) {
    this.#mask = mask;
    this.#spellings = spellings;
  }

  /** Yields what may be printed now, masked. */
  push(piece: string): string {
    const text = this.#held + piece;
    const cut = safeCut(text, this.#spellings());
    this.#held = text.slice(cut);
    return this.#mask.mask(text.slice(0, cut));
  }

  /** Yields what was held back. */
  end(): string {
    const rest = this.#mask.mask(this.#held);
    this.#held = "";
    return rest;
  }
}

/** Yields the place before which no spelling goes on behind the end of the text, and which cuts none in two. */
function safeCut(text: string, spellings: readonly string[]): number {
  let cut = Math.min(...spellings.map((spelling) => text.length - begunAtEnd(text, spelling)), text.length);
  for (let moved = true; moved;) {
    moved = false;
    for (const spelling of spellings) {
      const at = text.indexOf(spelling, Math.max(0, cut - spelling.length + 1));
      if (at === -1 || at >= cut) continue;
      cut = at;
      moved = true;
    }
  }
  return cut;
}

/** Yields how many characters at the end of a text are the beginning of a spelling. */
function begunAtEnd(text: string, spelling: string): number {
  for (let length = Math.min(spelling.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(spelling.slice(0, length))) return length;
  }
  return 0;
}

const own = new SecretMask();

/** Remembers a secret of this process; yields false when it is too short to be masked. */
export function rememberSecret(value: string): boolean {
  return own.remember(value);
}

/** Yields the text with every secret of this process replaced by asterisks. */
export function maskSecrets(text: string): string {
  return own.mask(text);
}

function spellingsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [
    secret,
    encoded,
    encoded.replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
    ...base64SpellingsOf(secret),
  ];
}

/** Base64 spells a text in three ways, by where in a group of three bytes it begins; what its neighbours decide is left out. */
function base64SpellingsOf(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((bytes.length * 8) / 6);
    return (["base64", "base64url"] as const).map((encoding) => bytes.toString(encoding).slice(first, last));
  });
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length === 1 ? [] : lines.map((line) => line.trim());
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
