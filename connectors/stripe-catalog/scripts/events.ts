import ts from "typescript-5";
import type { EventType } from "../src/catalog.ts";
import { eventKind } from "../src/event-kind.ts";
import { type ObjectType, objectTypeOf } from "./object-types.ts";

/** Yields each snapshot event, sorted by type, and each object that one carries. */
export function readEvents(
  checker: ts.TypeChecker,
  file: ts.SourceFile,
): { events: EventType[]; objects: ObjectType[] } {
  const union = file.statements.filter(ts.isTypeAliasDeclaration).find((each) => each.name.text === "Event");
  const type = union && checker.getTypeAtLocation(union);
  if (!type?.isUnion()) throw new Error(`${file.fileName} declares no union of events`);
  const read = type.types.map((variant) => {
    const eventType = memberType(checker, variant, "type");
    const object = objectTypeOf(checker, memberType(checker, memberType(checker, variant, "data"), "object"));
    if (!eventType.isStringLiteral()) throw new Error(`${checker.typeToString(variant)} has no single type`);
    return { event: { type: eventType.value, object: object.name, kind: eventKind(eventType.value) }, object };
  });
  return {
    events: read.map(({ event }) => event).toSorted((one, other) => (one.type < other.type ? -1 : 1)),
    objects: read.map(({ object }) => object),
  };
}

function memberType(checker: ts.TypeChecker, type: ts.Type, name: string): ts.Type {
  const member = type.getProperty(name);
  if (!member) throw new Error(`${checker.typeToString(type)} has no ${name}`);
  return checker.getNonNullableType(checker.getTypeOfSymbol(member));
}
