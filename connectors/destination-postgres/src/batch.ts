import { TextArray } from "./text-array.ts";

/** A record with its key taken out, or what is wrong with that; `keys` has one text a key column, `data` is copied in. */
export type BatchRecord = {
  op: "upsert" | "delete";
  keys: string[];
  problem?: string;
  version: number | undefined;
  data: Buffer;
  lineNumber: number;
};

/** Records of one stream in the order of their arrival, laid out as the parameters of the merge statements. */
export class Batch {
  #data: TextArray;
  #heads: Omit<BatchRecord, "data">[] = [];

  constructor(data: TextArray = new TextArray()) {
    this.#data = data;
  }

  get length(): number {
    return this.#heads.length;
  }

  get byteLength(): number {
    return this.#data.byteLength;
  }

  push({ data, ...head }: BatchRecord): void {
    this.#data.push(data);
    this.#heads.push(head);
  }

  slice(from: number, to: number): Batch {
    const part = new Batch(this.#data.slice(from, to));
    part.#heads = this.#heads.slice(from, to);
    return part;
  }

  /** Yields the records that a test holds for; the batch itself where that is all. */
  filter(test: (head: Omit<BatchRecord, "data">) => boolean): Batch {
    if (this.#heads.every(test)) return this;
    const part = new Batch();
    for (const [index, head] of this.#heads.entries()) {
      if (test(head)) part.push({ ...head, data: this.#data.at(index) });
    }
    return part;
  }

  /** Yields one record; its data is a view. */
  at(index: number): BatchRecord {
    const head = this.#heads[index];
    if (head === undefined) throw new RangeError(`A batch of ${this.length} records has no record ${index}.`);
    return { ...head, data: this.#data.at(index) };
  }

  get hasUnversioned(): boolean {
    return this.#heads.some(({ version }) => version === undefined);
  }

  /** Gives the records without a version the numbers behind `last`, in the order of their arrival. */
  numberUnversioned(last: number): void {
    const first = last - this.length;
    this.#heads.forEach((head, index) => {
      head.version ??= first + index + 1;
    });
  }

  /** Yields the parameter for the objects themselves, in the binary format. */
  get dataParameter(): Buffer {
    return this.#data.toParameter();
  }

  /** Yields the versions, as texts; null for a record without one. */
  get versions(): (string | null)[] {
    return this.#heads.map(({ version }) => (version === undefined ? null : String(version)));
  }

  /** Yields one array for each key column. */
  get keyColumns(): string[][] {
    return this.#heads[0]?.keys.map((_, column) => this.#heads.map(({ keys }) => keys[column] ?? "")) ?? [];
  }

  /** Yields which records are deletes. */
  get deletes(): boolean[] {
    return this.#heads.map(({ op }) => op === "delete");
  }
}
