import type { Entry } from "../store/entry.ts";
import { RenderedText } from "../store/rendered-text.ts";
import type { StripeObject } from "../stripe-object.ts";
import { indentedJson } from "../stripe-object.ts";
import type { Page } from "./list-page.ts";

/** What stands around the items of a page: the text before `[` and after `]`. */
export type Envelope = { head: string; tail: string };

type KeptPage = { entries: readonly Entry[]; revisions: readonly number[]; tail: string; bytes: Buffer };

/** Makes pages into bytes, and keeps them: a page that was asked for before and has not changed since is there already. */
export class PageRenderer {
  readonly #maxBytes: number;
  readonly #texts = new RenderedText();
  readonly #kept = new Map<string, KeptPage>();
  #keptBytes = 0;

  /** Keeps pages of this many bytes altogether. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Yields the bytes of a page of objects as they are; `key` is what was asked for. */
  render(key: string, { entries }: Page, envelope: Envelope): Buffer {
    const kept = this.#kept.get(key);
    if (kept !== undefined && isSame(kept, entries, envelope)) return kept.bytes;
    const bytes = assembled(
      entries.map((entry) => this.#texts.of(entry)),
      envelope,
    );
    this.#keep(key, { entries, revisions: entries.map(({ revision }) => revision), tail: envelope.tail, bytes });
    return bytes;
  }

  /** The oldest pages make room: those of a long walk come in turn, so none is worth more than another. */
  #keep(key: string, page: KeptPage): void {
    this.#keptBytes += page.bytes.length - (this.#kept.get(key)?.bytes.length ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, page);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= this.#maxBytes) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes.length;
    }
  }
}

/** Yields the bytes of a page of objects that are not as they are kept: in an older form, or with others in them. */
export function renderAnew(objects: readonly StripeObject[], envelope: Envelope): Buffer {
  return assembled(
    objects.map((object) => Buffer.from(indentedJson([[object]]).slice("[\n  [\n".length, -"\n  ]\n]".length))),
    envelope,
  );
}

function isSame({ entries, revisions, tail }: KeptPage, now: readonly Entry[], envelope: Envelope): boolean {
  if (entries.length !== now.length || tail !== envelope.tail) return false;
  return now.every((entry, at) => entry === entries[at] && entry.revision === revisions[at]);
}

const BETWEEN = Buffer.from(",\n");

function assembled(texts: readonly Uint8Array[], { head, tail }: Envelope): Buffer {
  const isEmpty = texts.length === 0;
  const parts: Uint8Array[] = [Buffer.from(`${head}[${isEmpty ? "" : "\n"}`)];
  for (const [at, text] of texts.entries()) parts.push(...(at === 0 ? [text] : [BETWEEN, text]));
  parts.push(Buffer.from(`${isEmpty ? "" : "\n  "}]${tail}`));
  return Buffer.concat(parts);
}
