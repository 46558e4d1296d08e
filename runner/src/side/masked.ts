/** Yields the value with every text in it masked, however deep it lies and whatever it is called; names stay. */
export function masked<T>(value: T, mask: (text: string) => string): T {
  return maskedValue(value, mask) as T;
}

function maskedValue(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((each) => maskedValue(each, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, maskedValue(each, mask)]));
}
