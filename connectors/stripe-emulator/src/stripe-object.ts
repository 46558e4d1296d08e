/** An object of the API: `id` and `object` first, the other fields as the API spells them. */
export type StripeObject = { id: string; object: string; [field: string]: unknown };

/** Yields the text of a value, indented by two spaces as the API's answers are. */
export function indentedJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
