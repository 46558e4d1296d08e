import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { SluiceError } from "@sluice/protocol";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_LENGTH = 16;
const FORMAT = 1;
/** Format, id of the master key, and the wrapped data key come before what is sealed. */
const WRAPPED_BYTES = IV_BYTES + KEY_BYTES + TAG_BYTES;
const HEAD_BYTES = 1 + KEY_ID_LENGTH / 2 + WRAPPED_BYTES;

type MasterKey = { id: string; key: Buffer };

/**
 * Seals secrets in envelopes: each has a data key of its own (AES-256-GCM, NIST SP 800-38D), which the newest master
 * key wraps. Older master keys open what they once sealed, until everything is sealed anew.
 */
export class Keyring {
  readonly #newest: MasterKey;
  readonly #byId: ReadonlyMap<string, MasterKey>;

  /** `keys` are 32 bytes each, the newest first. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    const all = keys.map((key) => ({ id: keyId(key), key }));
    this.#newest = all[0] as MasterKey;
    this.#byId = new Map(all.map((each) => [each.id, each]));
  }

  /** Yields an envelope; it opens only with the same `owner`, so that it cannot be moved from one row to another. */
  seal(text: string, owner: string): Buffer {
    const { id, key } = this.#newest;
    const dataKey = randomBytes(KEY_BYTES);
    const head = Buffer.concat([Buffer.from([FORMAT]), Buffer.from(id, "hex")]);
    return Buffer.concat([
      head,
      encrypt(dataKey, { key, about: `${owner}\n${id}` }),
      encrypt(Buffer.from(text), { key: dataKey, about: owner }),
    ]);
  }

  /** Yields what was sealed; throws `config` when its key is not here, or when it was changed. */
  open(envelope: Buffer, owner: string): string {
    const id = keyIdOf(envelope);
    const master = this.#byId.get(id);
    if (envelope[0] !== FORMAT || master === undefined)
      throw new SluiceError(
        "config",
        `The secrets of ${owner} were sealed with the key ${id}, which is not given; add it to SLUICE_OLD_SECRET_KEYS.`,
      );
    try {
      const dataKey = decrypt(envelope.subarray(HEAD_BYTES - WRAPPED_BYTES, HEAD_BYTES), {
        key: master.key,
        about: `${owner}\n${id}`,
      });
      return decrypt(envelope.subarray(HEAD_BYTES), { key: dataKey, about: owner }).toString();
    } catch (cause) {
      throw new SluiceError("config", `The secrets of ${owner} were changed or moved; enter them anew.`, { cause });
    }
  }

  /** The id of the newest key, as it stands in envelopes. */
  get newestId(): Buffer {
    return Buffer.from(this.#newest.id, "hex");
  }

  /** Yields in SQL whether the envelope in a column was sealed with another key than the one of that id. */
  isOlder(column: string, id: string): string {
    return `substring(${column} FROM 2 FOR ${KEY_ID_LENGTH / 2}) <> ${id}`;
  }
}

/** Yields the key in a text of 32 bytes in base64 or hexadecimal; throws `config` for any other, without quoting it. */
export function parseKey(text: string, origin: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, "hex") : Buffer.from(trimmed, "base64");
  if (key.length === KEY_BYTES) return key;
  throw new SluiceError(
    "config",
    `${origin} is no key: it must be 32 bytes in base64, as "openssl rand -base64 32" prints.`,
  );
}

function keyId(key: Buffer): string {
  return createHash("sha256").update("sluice key id\n").update(key).digest("hex").slice(0, KEY_ID_LENGTH);
}

function keyIdOf(envelope: Buffer): string {
  return envelope.subarray(1, 1 + KEY_ID_LENGTH / 2).toString("hex");
}

type Cipher = { key: Buffer; about: string };

function encrypt(bytes: Buffer, { key, about }: Cipher): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(about));
  return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(bytes: Buffer, { key, about }: Cipher): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
}
