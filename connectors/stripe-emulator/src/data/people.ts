import type { Random } from "./random.ts";
import type { World } from "./world.ts";

type Place = readonly [country: string, city: string, state: string, postalCode: string];
type Brand = readonly [name: string, last4: string];

const GIVEN_NAMES = ["Asta", "Bruno", "Chidi", "Dalia", "Emre", "Freya", "Goran", "Hana", "Ines", "Joaquin"] as const;
const FAMILY_NAMES = ["Albers", "Bianchi", "Castillo", "Dubois", "Eriksen", "Fujita", "Grant", "Haddad"] as const;
const STREETS = ["Harbor Street", "Mill Lane", "Orchard Road", "Station Square", "Willow Avenue"] as const;
const PLACES: readonly [Place, ...Place[]] = [
  ["US", "Riverton", "WY", "82501"],
  ["GB", "Leeds", "England", "LS1 4AP"],
  ["DE", "Kassel", "Hessen", "34117"],
  ["FR", "Nantes", "Pays de la Loire", "44000"],
];
const BRANDS: readonly [Brand, ...Brand[]] = [
  ["visa", "4242"],
  ["mastercard", "4444"],
  ["amex", "0005"],
  ["discover", "1117"],
];

/** Yields who a customer is: a name, an address at example.com and a postal address that belong together. */
export function customerIdentity(world: World, customer: number) {
  const random = world.random("customers/identity", customer);
  const name = `${random.pick(GIVEN_NAMES)} ${random.pick(FAMILY_NAMES)}`;
  const email = `${name.toLowerCase().replace(" ", ".")}.${customer + 1}@example.com`;
  return { name, email, phone: `+1555${random.digits(7)}`, address: postalAddress(random) };
}

function postalAddress(random: Random) {
  const [country, city, state, postalCode] = random.pick(PLACES);
  const line1 = `${random.integer(1, 250)} ${random.pick(STREETS)}`;
  return { city, country, line1, line2: null, postal_code: postalCode, state };
}

/** Yields the card behind a customer's payments: the same one each time that it is asked for. */
export function customerCard(world: World, customer: number) {
  const random = world.random("customers/card", customer);
  const [brand, last4] = random.pick(BRANDS);
  return {
    brand,
    last4,
    country: "US",
    exp_month: random.integer(1, 12),
    exp_year: 2029 + random.integer(0, 4),
    fingerprint: random.token(16),
    funding: random.pick(["credit", "debit"]),
    checks: { address_line1_check: "pass", address_postal_code_check: "pass", cvc_check: "pass" },
  };
}
