import type { StripeStream } from "@sluice/stripe-catalog";
import type { StripeEvent } from "../events/event.ts";
import type { PageItem } from "../object-copier.ts";
import type { StampedPage, StripeClient } from "../stripe-client.ts";
import { deleteVersion, eventVersion, listVersion, refetchVersion } from "../versions.ts";
import { carriedObject } from "./carried-object.ts";
import { fetchObject } from "./fetched-object.ts";
import { deleteLines, recordFraming, recordLines, type RowOwner, type Rows } from "./record-lines.ts";
import type { Carried, Cause, Shape, ShapeOrigin } from "./shape.ts";
import { withWholeLists } from "./whole-list.ts";

const BRACE = Buffer.from("{");

/** Each object of a list is a record, byte for byte but for lists in it that Stripe cut: those are made whole. */
export class WholeObjects implements Shape {
  readonly lister: StripeStream;
  readonly listQuery = {};
  readonly framing;
  readonly #owner: RowOwner;
  readonly #client: StripeClient;

  constructor(stream: StripeStream, { client, account }: ShapeOrigin) {
    this.#owner = { stream: stream.name, account };
    this.lister = stream;
    this.framing = { ...recordFraming(this.#owner, listVersion), createdField: stream.created_field };
    this.#client = client;
  }

  async pageRows({ lines, items, frame }: StampedPage, wanted: readonly PageItem[]): Promise<Rows> {
    const count = wanted.length;
    if (!wanted.some(({ isCut }) => isCut)) {
      if (count === items.length) return { bytes: lines, count };
      return { bytes: Buffer.concat(wanted.map(({ start, end }) => lines.subarray(start, end))), count };
    }
    const parts = wanted.map(async ({ id, start, end, isCut }) => {
      const line = lines.subarray(start, end);
      if (!isCut) return line;
      const tail = line.length - frame.tail;
      // where its head opens the object, a comma stands for the brace
      const object = Buffer.concat([BRACE, line.subarray(frame.head + 1, tail)]);
      const whole = await withWholeLists(this.#client, object, id);
      return Buffer.concat([line.subarray(0, frame.head + 1), whole.subarray(1), line.subarray(tail)]);
    });
    return { bytes: Buffer.concat(await Promise.all(parts)), count };
  }

  carried(event: StripeEvent): Carried {
    const object = carriedObject(event.object, this.lister.created_field);
    return { object, about: "object", isUsable: !object.isCut, formerIds: [], hadMore: false };
  }

  snapshot({ object }: Carried, second: number): Rows {
    return recordLines({ ...this.#owner, version: eventVersion(second) }, [object.bytes]);
  }

  removed({ object }: Carried, second: number): Rows {
    return recordLines({ ...this.#owner, op: "delete", version: deleteVersion(second) }, [object.bytes]);
  }

  async refetched(id: string, { second }: Cause): Promise<Rows> {
    const owner = this.#owner;
    const { bytes, isCut, asOf } = await fetchObject(this.#client, this.lister, { id });
    if (bytes === undefined) return deleteLines({ ...owner, version: deleteVersion(Math.max(asOf - 1, second)) }, [id]);
    const object = isCut ? await withWholeLists(this.#client, bytes, id) : bytes;
    return recordLines({ ...owner, version: refetchVersion(asOf, second) }, [object]);
  }
}
