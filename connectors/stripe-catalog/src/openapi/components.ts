import { SluiceError } from "@sluice/protocol";
import type { OasSchema, OpenApiDocument } from "./document.ts";

const PREFIX = "#/components/schemas/";

/** Looks up the schemas that a document's other schemas refer to, and tells which are objects of the API. */
export class Components {
  readonly #schemas: Readonly<Record<string, OasSchema>>;

  constructor({ components }: OpenApiDocument) {
    this.#schemas = components.schemas;
  }

  /** Yields the schema that is meant, and its name where it was referred to. Throws `config` for what leads nowhere. */
  resolve(schema: OasSchema): { schema: OasSchema; name: string | undefined } {
    if (schema.$ref === undefined) return { schema, name: undefined };
    const name = schema.$ref.slice(PREFIX.length);
    const found = this.#schemas[name];
    if (!schema.$ref.startsWith(PREFIX) || found === undefined)
      throw new SluiceError(
        "config",
        `The OpenAPI document refers to ${schema.$ref}, which it does not have; give one that is whole.`,
      );
    return { schema: found, name };
  }

  /**
   * Yields the name of the object of the API that a schema describes: the one value of its `object`, or for several
   * kinds of object the name of their union; undefined for what is no object of the API.
   */
  objectName(given: OasSchema): string | undefined {
    const { schema } = this.resolve(given);
    const member = schema.properties?.["object"];
    const value: unknown = member?.enum?.length === 1 ? member.enum[0] : undefined;
    if (typeof value === "string" && value !== "list") return value;
    const variants = this.variants(schema);
    return variants === undefined ? undefined : (schema["x-resourceId"] ?? this.#unionOf(variants));
  }

  /** Alternatives that stand where they are needed have no name; the smallest named union that has all of them lends its. */
  #unionOf(variants: readonly OasSchema[]): string | undefined {
    const wanted = variants.map(({ $ref }) => $ref);
    if (wanted.length < 2 || wanted.includes(undefined)) return undefined;
    const unions = Object.values(this.#schemas)
      .map((schema) => ({ name: schema["x-resourceId"], kinds: this.variants(schema)?.map(({ $ref }) => $ref) ?? [] }))
      .filter(({ name, kinds }) => name !== undefined && wanted.every((kind) => kinds.includes(kind)))
      .toSorted((one, other) => one.kinds.length - other.kinds.length);
    return unions[0]?.name;
  }

  /** Yields the kinds of object that a schema has as alternatives. */
  variants({ anyOf, oneOf }: OasSchema): OasSchema[] | undefined {
    return anyOf ?? oneOf;
  }

  /** Yields the schema of the items of a list that stands in an object; undefined for anything else. */
  listItem(given: OasSchema): OasSchema | undefined {
    const { properties = {} } = this.resolve(given).schema;
    const isList = properties["has_more"] !== undefined && properties["data"] !== undefined;
    return isList ? properties["data"]?.items : undefined;
  }
}
