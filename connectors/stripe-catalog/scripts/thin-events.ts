import ts from "typescript-5";
import type { ThinEventType } from "../src/catalog.ts";
import { eventKind } from "../src/event-kind.ts";
import { objectTypeOf } from "./object-types.ts";

/** Yields each thin event, sorted by type, with the object that it leads to. */
export function readThinEvents(checker: ts.TypeChecker, file: ts.SourceFile): ThinEventType[] {
  const union = file.statements.filter(ts.isTypeAliasDeclaration).find((each) => each.name.text === "Event");
  const type = union && checker.getTypeAtLocation(union);
  if (!type?.isUnion()) throw new Error(`${file.fileName} declares no union of events`);
  return type.types
    .map((variant): ThinEventType => {
      const member = variant.getProperty("type");
      const name = member && checker.getTypeOfSymbol(member);
      if (!name?.isStringLiteral()) throw new Error(`${checker.typeToString(variant)} has no single type`);
      return {
        type: name.value,
        object: relatedObject(checker, variant),
        kind: eventKind(name.value),
      };
    })
    .toSorted((one, other) => (one.type < other.type ? -1 : 1));
}

function relatedObject(checker: ts.TypeChecker, variant: ts.Type): string | null {
  const fetch = variant.getProperty("fetchRelatedObject");
  const [signature] = fetch === undefined ? [] : checker.getTypeOfSymbol(fetch).getCallSignatures();
  const promised = signature && checker.getAwaitedType(signature.getReturnType());
  return promised === undefined ? null : objectTypeOf(checker, promised).name;
}
