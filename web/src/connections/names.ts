const ACRONYMS = new Set(["api", "arn", "ca", "iam", "id", "ip", "ms", "pem", "sql", "ssl", "tls", "uri", "url"]);

/** Yields the name of a field as people read it: `api_key` is "API key". */
export function fieldWords(name: string): string {
  const words = name
    .split("_")
    .map((word) => (word === "openapi" ? "OpenAPI" : ACRONYMS.has(word) ? word.toUpperCase() : word));
  const text = words.join(" ").replace(/ MS$/, " (ms)");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Yields what a connector connects to, as people call it: `destination-google-sheets` is "Google Sheets". */
export function connectorWords(name: string): string {
  return name
    .replace(/^(source|destination)-/, "")
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}

const USUAL = new Set(["source-stripe", "destination-postgres", "destination-google-sheets"]);

/** Tells whether a connector is one that people come for, not one to learn from, to test with, or of their own making. */
export function isUsualConnector(name: string): boolean {
  return USUAL.has(name);
}

/** Yields the first of "Stripe", "Stripe 2", "Stripe 3" and so on that nothing has as its name yet. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const isTaken = (name: string) => taken.includes(name);
  if (!isTaken(wanted)) return wanted;
  let number = 2;
  while (isTaken(`${wanted} ${number}`)) number += 1;
  return `${wanted} ${number}`;
}
