import type { StreamPlan } from "../data/stream-plan.ts";
import { guardOf, missingPermission, permissionToRead } from "./permissions.ts";

/** Says which permission there is not, and which there are. */
export class PermissionError extends Error {
  override readonly name = "PermissionError";
}

/** The keys that are let in: secret ones, which may do all, and restricted ones. */
export class KeyRing {
  readonly #plans: readonly StreamPlan[];
  readonly #guards: ReadonlyMap<string, string>;
  readonly #keys: Map<string, ReadonlySet<string> | undefined>;

  constructor(plans: readonly StreamPlan[], secretKeys: readonly string[]) {
    this.#plans = plans;
    this.#guards = new Map(plans.map((plan) => [plan.name, guardOf(plan, plans)]));
    this.#keys = new Map(secretKeys.map((key) => [key, undefined]));
  }

  /** Lets a restricted key in, with these permissions such as `credit_note_read`. Throws PermissionError for an unknown one. */
  restrict(key: string, permissions: readonly string[]): void {
    const known = new Set(this.#plans.map((plan) => permissionToRead(this.#guards.get(plan.name) ?? plan.object)));
    const unknown = permissions.find((permission) => !known.has(permission));
    if (unknown !== undefined) {
      const all = [...known].toSorted().join(", ");
      throw new PermissionError(`There is no permission "${unknown}"; there are ${all}.`);
    }
    this.#keys.set(key, new Set(permissions));
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Throws the API's refusal unless the key may read what this stream's list shows. */
  require(key: string, plan: StreamPlan): void {
    const permissions = this.#keys.get(key);
    const guard = this.#guards.get(plan.name) ?? plan.object;
    if (permissions !== undefined && !permissions.has(permissionToRead(guard))) throw missingPermission(key, guard);
  }
}
