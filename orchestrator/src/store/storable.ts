/**
 * Yields a JSON value with U+FFFD in place of what Postgres has no place for in a text: U+0000 and halves of surrogate
 * pairs. What connectors say may hold them, and a line or a summary that cannot be stored would hold up all behind it.
 */
export function storable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) => {
    if (typeof each === "string") return storableText(each);
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).map(([name, member]) => [storableText(name), member]));
  }) as T;
}

function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
