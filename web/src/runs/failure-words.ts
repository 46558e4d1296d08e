const TITLES: Record<string, string> = {
  config: "The configuration is wrong",
  auth: "The credentials were refused",
  permission: "A permission is missing",
  rate_limit: "Too many requests were made",
  transient: "A failure that may pass",
  data: "Records could not be stored",
  protocol: "A program broke the protocol",
  system: "The machine failed",
};

/** Yields what kind of failure a failure type is, in words. */
export function failureTitle(type: string): string {
  return TITLES[type] ?? "It failed";
}
