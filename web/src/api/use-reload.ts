import { useQueryClient } from "@tanstack/react-query";

/** Yields what asks anew for all that is shown of parts of the API, given by how their paths begin; resolves when it is there. */
export function useReload(...parts: readonly string[]): () => Promise<void> {
  const queries = useQueryClient();
  return () =>
    queries.invalidateQueries({
      predicate: ({ queryKey: [, path] }) => typeof path === "string" && parts.some((part) => path.startsWith(part)),
    });
}
