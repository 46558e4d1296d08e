import type { StripeObject } from "../stripe-object.ts";
import { balanceTransactionId } from "./balance.ts";
import { chargeFailed, chargeTerms, refundAmount } from "./payments.ts";
import type { Seed } from "./seed.ts";
import { payoutAmount } from "./settlements.ts";
import type { World } from "./world.ts";

const SETTLING_S = 2 * 86_400;

type Movement = { amount: number; fee: number; type: string; description: string };

const MOVEMENTS: [stream: string, movement: (world: World, position: number) => Movement][] = [
  ["charges", chargeMovement],
  ["refunds", (world, position) => movement("refund", -refundAmount(world, position))],
  ["payouts", (world, position) => movement("payout", -payoutAmount(world, position))],
];

/**
 * Yields what moved the account's balance, oldest first: an entry for each charge that succeeded, each refund and each
 * payout. So there are as many as those together; no option asks for a number of its own.
 */
export function balanceTransactionSeeds(world: World, blank: StripeObject): Seed[] {
  const seeds: Seed[] = [];
  for (const [stream, movementOf] of MOVEMENTS) {
    for (let position = 0; position < world.count(stream); position += 1) {
      if (stream === "charges" && chargeFailed(world, position)) continue;
      const id = balanceTransactionId(world, stream, position);
      const created = world.created(stream, position);
      const make = () => ({ ...blank, id, ...cause(world, stream, position), ...effect(movementOf(world, position)) });
      seeds.push({ id, created, make });
    }
  }
  return seeds.sort((left, right) => left.created - right.created);
}

function cause(world: World, stream: string, position: number) {
  const created = world.created(stream, position);
  const availableOn = created + SETTLING_S;
  const status = availableOn > world.now ? "pending" : "available";
  return { available_on: availableOn, created, source: world.id(stream, position), status };
}

function effect(movement: Movement) {
  const { amount, fee, type } = movement;
  const detail = { amount: fee, application: null, currency: "usd", description: "Processing", type: "stripe_fee" };
  return {
    amount,
    balance_type: "payments",
    currency: "usd",
    description: movement.description,
    fee,
    fee_details: fee === 0 ? [] : [detail],
    net: amount - fee,
    reporting_category: type,
    type,
  };
}

function chargeMovement(world: World, charge: number): Movement {
  const { amount } = chargeTerms(world, charge);
  const fee = Math.round(amount * 0.029) + 30;
  return { ...movement("charge", amount), fee, description: `Payment ${charge + 1} for seats and support` };
}

function movement(type: string, amount: number): Movement {
  return { amount, fee: 0, type, description: `A ${type} of the emulated account` };
}
