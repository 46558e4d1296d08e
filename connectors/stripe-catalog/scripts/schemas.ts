import ts from "typescript-5";
import type { JsonSchema } from "../src/json-schema.ts";
import { numberSchema, textSchema } from "./numbers.ts";
import { objectValueOf } from "./object-types.ts";

/**
 * Yields the JSON Schema of an object as its type declares it. Plain objects are inlined to their full depth; another
 * object of the API inside it is `{type: "object"}`, whether it comes expanded or always, for it has a schema of its own.
 */
export function objectSchema(checker: ts.TypeChecker, type: ts.Type): JsonSchema {
  const describe = (member: ts.Type) => {
    const isV2 = objectValueOf(checker, member)?.startsWith("v2.") === true;
    return membersSchema({ checker, open: [member], path: "", description: "", isV2 }, member);
  };
  return type.isUnion() ? { anyOf: type.types.map(describe) } : describe(type);
}

/** Where in the object a value stands; `open` holds the types around it, so that a type inside itself is noticed. */
type Place = { checker: ts.TypeChecker; open: ts.Type[]; path: string; description: string; isV2: boolean };

function membersSchema(place: Place, type: ts.Type): JsonSchema {
  const { checker } = place;
  const members = type.getProperties().filter((member) => !isVoid(checker.getTypeOfSymbol(member)));
  const required = members.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name);
  const describe = (member: ts.Symbol): JsonSchema => {
    const description = ts.displayPartsToString(member.getDocumentationComment(checker));
    const path = `${place.path}.${member.name}`;
    return valueSchema({ ...place, path, description }, checker.getTypeOfSymbol(member));
  };
  if (members.length === 0) return { type: "object" };
  return {
    type: "object",
    properties: Object.fromEntries(members.map((member) => [member.name, describe(member)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The SDK declares `deleted?: void` on what exists; its JSON never has it. */
function isVoid(type: ts.Type): boolean {
  return alternatives(type).every(({ flags }) => flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined));
}

function alternatives(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

function valueSchema(place: Place, type: ts.Type): JsonSchema {
  const values = alternatives(type).filter(({ flags }) => !(flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)));
  const nullable = alternatives(type).some(({ flags }) => flags & ts.TypeFlags.Null);
  const schemas = values.map((value) => alternativeSchema(place, value));
  const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  return withNull(merge([...distinct.values()], place.path), nullable);
}

function merge(schemas: JsonSchema[], path: string): JsonSchema {
  const [first, ...rest] = schemas;
  if (!first) throw new Error(`${path} is declared to have no value`);
  if (rest.length === 0) return first;
  return schemas.every(({ type }) => type === "object") ? { type: "object" } : { anyOf: schemas };
}

function withNull(schema: JsonSchema, nullable: boolean): JsonSchema {
  if (!nullable) return schema;
  if (schema.anyOf) return { anyOf: [...schema.anyOf, { type: "null" }] };
  return typeof schema.type === "string" ? { ...schema, type: [schema.type, "null"] } : schema;
}

function alternativeSchema(place: Place, type: ts.Type): JsonSchema {
  const { flags } = type;
  if (flags & ts.TypeFlags.String && place.isV2) return textSchema(place.path);
  if (flags & ts.TypeFlags.StringLike || isOpenString(type)) return { type: "string" };
  if (flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
  if (flags & ts.TypeFlags.NumberLike) return numberSchema(place.path, place.description);
  // the API's JSON writes 64-bit integers and decimals as strings; the SDK makes objects of them
  if (flags & ts.TypeFlags.BigIntLike || type.aliasSymbol?.name === "Decimal") return { type: "string" };
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
  if (flags & ts.TypeFlags.Object) return structureSchema(place, type);
  throw new Error(`${place.path} has a type that no rule covers: ${place.checker.typeToString(type)}`);
}

/** An open enum of the SDK ends in `string & Record<never, never>`. */
function isOpenString(type: ts.Type): boolean {
  return type.isIntersection() && type.types.some(({ flags }) => flags & ts.TypeFlags.String);
}

function structureSchema(place: Place, type: ts.Type): JsonSchema {
  const element = type.getNumberIndexType();
  if (element) return { type: "array", items: valueSchema(place, element) };
  const value = type.getStringIndexType();
  if (value) return { type: "object", additionalProperties: valueSchema(place, value) };
  const isObjectOfApi = objectValueOf(place.checker, type) !== null && type.symbol.name !== "ApiList";
  if (isObjectOfApi || place.open.includes(type)) return { type: "object" };
  return membersSchema({ ...place, open: [...place.open, type] }, type);
}
