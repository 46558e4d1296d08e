import type { Random } from "./random.ts";

const COUNTRIES = ["US", "GB", "DE", "FR", "NL", "SE"] as const;
const CURRENCIES = ["usd", "usd", "eur", "gbp"] as const;
const WORDS = ["harbor", "lantern", "meadow", "copper", "orchard", "willow", "granite", "saffron"] as const;

const TEXTS: [pattern: RegExp, text: (random: Random) => string][] = [
  [/(^|_)email$/, (random) => `${random.pick(WORDS)}.${random.digits(4)}@example.com`],
  [/(^|_)(url|pdf)$/, (random) => `https://files.example.com/${random.token(24)}`],
  [/(^|_)country$/, (random) => random.pick(COUNTRIES)],
  [/(^|_)currency$/, (random) => random.pick(CURRENCIES)],
  [/(^|_)phone(_number)?$/, (random) => `+1555${random.digits(7)}`],
  [/(^|_)last4$/, (random) => random.digits(4)],
  [/_decimal$/, (random) => `${random.integer(1, 500)}`],
  [/^city$/, () => "Riverton"],
  [/^line1$/, (random) => `${random.integer(1, 400)} Harbor Street`],
  [/^postal_code$/, (random) => random.digits(5)],
  [/^status$/, () => "active"],
  [/^(type|kind|purpose)$/, () => "standard"],
  [/(^|_)secret$/, (random) => `secret_${random.token(24)}`],
  [/(^|_)(id|fingerprint|reference|number)$/, (random) => random.token(16)],
];

/** Yields a short text that suits a field of this name: an address for "email", a code for "currency". */
export function fieldText(field: string, random: Random): string {
  const known = TEXTS.find(([pattern]) => pattern.test(field));
  return known === undefined ? `${random.pick(WORDS)} ${random.pick(WORDS)}` : known[1](random);
}
