import { bigintArray, booleanArray } from "./binary-array.ts";
import type { BytePool } from "./byte-pool.ts";
import { TextArray } from "./text-array.ts";

/** A record with its key taken out, a text a key column; or what is wrong with that. Bytes are copied in. */
export type BatchRecord = Head & { keys: readonly Buffer[]; data: Buffer };

/** What is known of a record beside its bytes. */
type Head = {
  op: "upsert" | "delete";
  problem?: string;
  version: number | undefined;
  lineNumber: number;
};

/** How many columns the key has, how many bytes a batch is likely to hold, so that they are copied once, and where their memory is from. */
export type BatchOptions = { keyColumns: number; dataBytes?: number; pool: BytePool };

/** Records of one stream in the order of their arrival, laid out as the parameters of the statements. */
export class Batch {
  readonly #pool: BytePool;
  #data: TextArray;
  #keys: TextArray[];
  #heads: Head[] = [];
  /** How many are no upserts, or have a problem. */
  #exceptions = 0;

  constructor({ keyColumns, dataBytes, pool }: BatchOptions) {
    this.#pool = pool;
    this.#data = new TextArray(pool, dataBytes);
    this.#keys = Array.from({ length: keyColumns }, () => new TextArray(pool));
  }

  get length(): number {
    return this.#heads.length;
  }

  get byteLength(): number {
    return this.#data.byteLength;
  }

  /** Whether each record is an upsert that has its key. */
  get isPlain(): boolean {
    return this.#exceptions === 0;
  }

  push({ op, problem, version, lineNumber, keys, data }: BatchRecord): void {
    this.#data.push(data);
    for (let column = 0; column < this.#keys.length; column += 1) this.#keys[column]?.push(keys[column] ?? NO_BYTES);
    this.#append(problem === undefined ? { op, version, lineNumber } : { op, version, lineNumber, problem });
  }

  slice(from: number, to: number): Batch {
    const part = new Batch({ keyColumns: 0, dataBytes: 0, pool: this.#pool });
    part.#data = this.#data.slice(from, to);
    part.#keys = this.#keys.map((keys) => keys.slice(from, to));
    for (const head of this.#heads.slice(from, to)) part.#append(head);
    return part;
  }

  /** Takes the records from `length` on out, and yields them. */
  split(length: number): Batch {
    const rest = this.slice(length, this.length);
    for (const texts of [this.#data, ...this.#keys]) texts.truncate(length);
    this.#heads.length = length;
    this.#exceptions -= rest.#exceptions;
    return rest;
  }

  /** Yields the records that a test holds for. */
  filter(test: (head: Readonly<Head>) => boolean): Batch {
    const part = new Batch({ keyColumns: this.#keys.length, pool: this.#pool });
    for (const [index, head] of this.#heads.entries()) if (test(head)) part.push(this.at(index));
    return part;
  }

  /** Yields one record; its bytes are views. */
  at(index: number): BatchRecord {
    const head = this.#heads[index];
    if (head === undefined) throw new RangeError(`A batch of ${this.length} records has no record ${index}.`);
    const keys = head.problem === undefined ? this.#keys.map((texts) => texts.at(index)) : [];
    return { ...head, keys, data: this.#data.at(index) };
  }

  /** Gives its memory back once nobody uses the batch or a view of it any more. */
  release(): void {
    for (const texts of [this.#data, ...this.#keys]) texts.release();
  }

  get hasUnversioned(): boolean {
    return this.#heads.some(({ version }) => version === undefined);
  }

  /** Gives the records without a version the numbers up to `last`, in the order of their arrival. */
  numberUnversioned(last: number): void {
    const first = last - this.length;
    this.#heads.forEach((head, index) => {
      head.version ??= first + index + 1;
    });
  }

  /** Yields the parameter for the objects themselves. */
  get dataParameter(): Buffer {
    return this.#data.toParameter();
  }

  /** Yields the parameter for the versions; NULL for a record without one. */
  get versionsParameter(): Buffer {
    return bigintArray(this.#heads.map(({ version }) => version));
  }

  /** Yields one parameter for each key column. */
  get keyParameters(): Buffer[] {
    return this.#keys.map((keys) => keys.toParameter());
  }

  /** Yields the parameter that tells which records are deletes. */
  get deletesParameter(): Buffer {
    return booleanArray(this.#heads.map(({ op }) => op === "delete"));
  }

  #append(head: Head): void {
    this.#heads.push(head);
    if (head.op !== "upsert" || head.problem !== undefined) this.#exceptions += 1;
  }
}

const NO_BYTES = Buffer.alloc(0);
