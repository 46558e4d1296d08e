const INT32 = 4;
const STARTUP_HEAD = 8;
const TYPED_HEAD = 5;
/** So much of a message is looked at: enough for a COMMIT, however it is spelled. */
const PEEK_BYTES = 64;
// the codes that stand where the version does; protocol "Message Formats" of the Postgres documentation
const STARTUP_CODES: Readonly<Record<number, string>> = {
  80877102: "cancel",
  80877103: "ssl",
  80877104: "gssenc",
};

export type Side = "client" | "server";

/** A message of the wire protocol: its type byte, or a name where it has none; its length; how its payload begins. */
export type WireMessage = { type: string; byteLength: number; text: string };

/** A part of a message as it came, and where in the message it begins. */
export type Piece = { message: WireMessage; bytes: Buffer; position: number };

/** What the two directions of one connection know of each other. */
export type Negotiation = { requests: number; isEncrypted: boolean };

/** Cuts the bytes of one direction into messages; what is encrypted is one message without an end. */
export class WireReader {
  readonly #side: Side;
  readonly #negotiation: Negotiation;
  #isStarted: boolean;
  #rest = Buffer.alloc(0);
  #message: WireMessage = { type: "", byteLength: 0, text: "" };
  #position = 0;

  constructor(side: Side, negotiation: Negotiation) {
    this.#side = side;
    this.#negotiation = negotiation;
    this.#isStarted = side === "server";
  }

  /** Yields the pieces of the messages in a chunk; the beginning of a message is kept until it tells what it is. */
  *push(chunk: Buffer): Generator<Piece> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length > 0) {
      if (this.#position === this.#message.byteLength && !this.#begin(bytes)) break;
      const piece = bytes.subarray(0, this.#message.byteLength - this.#position);
      const position = this.#position;
      this.#position += piece.length;
      bytes = bytes.subarray(piece.length);
      yield { message: this.#message, bytes: piece, position };
    }
    this.#rest = Buffer.from(bytes);
  }

  /** Yields what is kept of a message that will not be whole any more. */
  end(): Buffer {
    return this.#rest;
  }

  /** Takes up the next message; false when too little of it is there. */
  #begin(bytes: Buffer): boolean {
    const message = this.#messageOf(bytes);
    if (message === undefined) return false;
    this.#message = message;
    this.#position = 0;
    return true;
  }

  #messageOf(bytes: Buffer): WireMessage | undefined {
    if (this.#negotiation.isEncrypted) return { type: "encrypted", byteLength: Infinity, text: "" };
    if (this.#side === "server" && this.#negotiation.requests > 0) return this.#answer(bytes);
    return this.#isStarted ? typedMessage(bytes) : this.#startupMessage(bytes);
  }

  /** A request for encryption is answered by one byte alone. */
  #answer(bytes: Buffer): WireMessage {
    const type = bytes.toString("latin1", 0, 1);
    this.#negotiation.requests -= 1;
    this.#negotiation.isEncrypted = type === "S" || type === "G";
    return { type, byteLength: 1, text: "" };
  }

  #startupMessage(bytes: Buffer): WireMessage | undefined {
    if (bytes.length < STARTUP_HEAD) return undefined;
    const type = STARTUP_CODES[bytes.readUInt32BE(INT32)] ?? "startup";
    if (type === "startup") this.#isStarted = true;
    if (type === "ssl" || type === "gssenc") this.#negotiation.requests += 1;
    return { type, byteLength: bytes.readUInt32BE(0), text: "" };
  }
}

function typedMessage(bytes: Buffer): WireMessage | undefined {
  if (bytes.length < TYPED_HEAD) return undefined;
  const byteLength = 1 + bytes.readUInt32BE(1);
  if (bytes.length < Math.min(byteLength, TYPED_HEAD + PEEK_BYTES)) return undefined;
  const text = bytes.toString("latin1", TYPED_HEAD, Math.min(byteLength, TYPED_HEAD + PEEK_BYTES));
  return { type: bytes.toString("latin1", 0, 1), byteLength, text };
}

/** Tells whether a message from the client asks for a COMMIT, in the simple or the extended protocol. */
export function asksForCommit({ type, text }: WireMessage): boolean {
  // a Parse has the name of the statement first
  const statement = type === "Q" ? text : type === "P" ? text.slice(text.indexOf("\0") + 1) : "";
  return /^\s*(?:commit|end)\b/i.test(statement);
}

/** Tells whether a message from the server says that a COMMIT is done. */
export function tellsOfCommit({ type, text }: WireMessage): boolean {
  return type === "C" && text.startsWith("COMMIT\0");
}
