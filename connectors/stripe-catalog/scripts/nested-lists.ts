import ts from "typescript-5";
import type { ListEndpoint, NestedList } from "../src/catalog.ts";
import { byParent, drainOf } from "../src/drain.ts";
import { type ObjectType, objectTypeOf, objectValueOf } from "./object-types.ts";

type Place = { checker: ts.TypeChecker; open: ts.Type[]; field: string[]; always: boolean };
type Embedded = Pick<NestedList, "field" | "always" | "nullable"> & { item: ObjectType };

/** Yields each list that a listed object shows the start of, sorted by object and field, with the way to all of it. */
export function readNestedLists(
  checker: ts.TypeChecker,
  types: ReadonlyMap<string, ts.Type>,
  lists: readonly ListEndpoint[],
): { nested: NestedList[]; objects: ObjectType[] } {
  const found = lists.filter(({ top_level }) => top_level).flatMap((list) => embeddedIn(checker, types, list));
  return {
    nested: found
      .map(({ parent, item, field, always, nullable }) => ({
        parent: parent.object,
        field,
        object: item.name,
        always,
        nullable,
        ...drainOf(parent, { field, object: item.name }, lists),
      }))
      .toSorted(byParent),
    objects: found.map(({ item }) => item),
  };
}

function embeddedIn(checker: ts.TypeChecker, types: ReadonlyMap<string, ts.Type>, parent: ListEndpoint) {
  const type = types.get(parent.object);
  if (type === undefined || type.isUnion()) return [];
  const place = { checker, open: [type], field: [], always: true };
  return membersOf(place, type).map((embedded) => ({ ...embedded, parent }));
}

function membersOf(place: Place, type: ts.Type): Embedded[] {
  const { checker } = place;
  return type.getProperties().flatMap((member) => {
    const declared = checker.getTypeOfSymbol(member);
    const nullable = declared.isUnion() && declared.types.some(({ flags }) => flags & ts.TypeFlags.Null);
    const always = place.always && !(member.flags & ts.SymbolFlags.Optional);
    const inner = { ...place, field: [...place.field, member.name], always };
    return valueOf(inner, checker.getNonNullableType(declared), nullable);
  });
}

function valueOf(place: Place, type: ts.Type, nullable: boolean): Embedded[] {
  const { checker, field, always } = place;
  if (!(type.flags & ts.TypeFlags.Object) || type.isUnion()) return [];
  if (type.symbol?.name === "ApiList") {
    const [item] = type.aliasTypeArguments ?? checker.getTypeArguments(type as ts.TypeReference);
    if (item === undefined) throw new Error(`${field.join(".")} does not declare what it lists`);
    return [{ field, always, nullable, item: objectTypeOf(checker, item) }];
  }
  const isPlain = objectValueOf(checker, type) === null && !type.getNumberIndexType() && !type.getStringIndexType();
  if (!isPlain || place.open.includes(type)) return [];
  return membersOf({ ...place, open: [...place.open, type], always: always && !nullable }, type);
}
