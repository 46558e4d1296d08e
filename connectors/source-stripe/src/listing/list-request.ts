import type { Range } from "../range.ts";
import type { Shape } from "../shape/shape.ts";
import type { ListRequest } from "../stripe-client.ts";

/** Yields the request for what a range holds behind its cursor. */
export function listRequest(
  { lister, listQuery }: Shape,
  range: Range,
): Pick<ListRequest, "path" | "endpoint" | "query"> {
  const { gte, lt, cursor, pass } = range;
  const endpoint = lister.path;
  if (lister.pagination === "v2_page_token" && cursor !== null) {
    // the address holds everything that was asked for at first
    const [path = "", search] = cursor.split("?");
    return { path, endpoint, query: Object.fromEntries(new URLSearchParams(search)) };
  }
  const bound = lister.pagination === "v1_cursor" ? (second: number) => second : isoInstant;
  return {
    path: lister.path,
    endpoint,
    query: {
      ...lister.list_params,
      ...listQuery,
      ...lister.more_passes[pass - 1],
      ...(cursor === null ? {} : { starting_after: cursor }),
      ...(gte === null ? {} : { "created[gte]": bound(gte) }),
      ...(lt === null ? {} : { "created[lt]": bound(lt) }),
    },
  };
}

function isoInstant(second: number): string {
  return new Date(second * 1000).toISOString();
}
