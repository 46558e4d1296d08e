import type ts from "typescript-5";

/** The SDK's names of unions whose members are different objects, and the API's word for each. */
const unionNames: Record<string, string> = { CustomerSource: "payment_source", ExternalAccount: "external_account" };

/** An object type of the API: its `object` value and the declared type that gives its fields. */
export type ObjectType = { name: string; type: ts.Type };

/**
 * Yields the API's object behind a declared type. A union of variants of one object (the SDK has one for each type of
 * event) is that object as their common base declares it; throws on a union that has no name here.
 */
export function objectTypeOf(checker: ts.TypeChecker, type: ts.Type): ObjectType {
  if (!type.isUnion()) return { name: requireObjectValue(checker, type), type };
  const names = new Set(type.types.map((member) => requireObjectValue(checker, member)));
  const [name, ...others] = names;
  if (name !== undefined && others.length === 0) return { name, type: commonBase(type) };
  const unionName = unionNames[type.aliasSymbol?.name ?? ""];
  if (unionName === undefined) throw new Error(`the union of ${[...names].join(", ")} has no name`);
  return { name: unionName, type };
}

/** Yields the value of a type's `object` member where it is one string, else null. */
export function objectValueOf(checker: ts.TypeChecker, type: ts.Type): string | null {
  const member = type.getProperty("object");
  const value = member && checker.getTypeOfSymbol(member);
  return value?.isStringLiteral() ? value.value : null;
}

function requireObjectValue(checker: ts.TypeChecker, type: ts.Type): string {
  const value = objectValueOf(checker, type);
  if (value === null) throw new Error(`${checker.typeToString(type)} does not say what object it is`);
  return value;
}

function commonBase(union: ts.UnionType): ts.Type {
  const bases = new Set(
    union.types.map((member) => (member.isClassOrInterface() ? member.getBaseTypes()?.[0] : undefined)),
  );
  const [base, ...others] = bases;
  if (!base || others.length > 0) throw new Error("the variants of an object have no common base");
  return base;
}
