import { z } from "zod";
import type { StripeClient } from "./stripe-client.ts";

/**
 * Resolves to the objects of a list that fits into memory, parsed, from the newest on. Throws what the client throws,
 * and ZodError for an object of another shape.
 */
export async function shortList<T extends { id: string }>(
  client: StripeClient,
  path: string,
  shape: z.ZodType<T>,
): Promise<T[]> {
  const Page = z.object({ data: z.array(shape), has_more: z.boolean() });
  const found: T[] = [];
  for (let query: Record<string, string | number> | undefined = { limit: 100 }; query !== undefined;) {
    const page: z.infer<typeof Page> = Page.parse(await client.send({ method: "GET", path, query }));
    found.push(...page.data);
    const last = page.data.at(-1);
    query = page.has_more && last !== undefined ? { limit: 100, starting_after: last.id } : undefined;
  }
  return found;
}
