import type { World } from "./world.ts";

/** Yields the id of the balance transaction that an object gave rise to. */
export function balanceTransactionId(world: World, stream: string, position: number): string {
  return world.id(`balance_transactions/${stream}`, position);
}
