const OF_ONE: Record<string, string> = { GET: "get", PATCH: "update", PUT: "replace", DELETE: "delete" };
const OF_PART: Record<string, string> = { GET: "", POST: "", PATCH: "update-", PUT: "set-", DELETE: "delete-" };

/**
 * Yields what a route is called in the document and on the command line: `runs.list`, `runs.get`, `runs.cancel`,
 * `pipelines.set-states`. Undefined for what is no thing of the API.
 */
export function operationId(method: string, url: string): string | undefined {
  const [, version, resource, ...rest] = url.split("/");
  if (version !== "v1" || resource === undefined) return undefined;
  const part = rest.filter((segment) => !segment.startsWith(":"));
  if (part.length > 0) return `${resource}.${OF_PART[method] ?? ""}${part.join("-")}`;
  if (rest.length > 0) return `${resource}.${OF_ONE[method] ?? method.toLowerCase()}`;
  return `${resource}.${method === "GET" ? "list" : "create"}`;
}
