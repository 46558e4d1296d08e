import { SluiceError } from "@sluice/protocol";
import { z } from "zod";
import type { Api, ApiContext } from "../context.ts";

const Ok = z.object({ status: z.literal("ok") });

/** Adds what a load balancer asks: whether this program lives, and whether it can be of use. */
export function addHealth(api: Api, { store, queue }: ApiContext): void {
  const tags = ["health"];
  api.get(
    "/healthz",
    { config: { access: "public" }, schema: { tags, summary: "This program lives", response: { 200: Ok } } },
    async () => ({ status: "ok" as const }),
  );
  api.get(
    "/readyz",
    {
      config: { access: "public" },
      schema: { tags, summary: "Its database and its queue can be used", response: { 200: Ok } },
    },
    async () => {
      await store.database.pool.query("SELECT 1").catch((cause: unknown) => {
        throw new SluiceError("transient", "The database cannot be used.", { cause });
      });
      await queue.ping();
      return { status: "ok" as const };
    },
  );
}
