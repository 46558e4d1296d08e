import fc from "fast-check";
import { expect, test } from "vitest";
import { maskSecrets, rememberSecret, SecretMask } from "./secrets.ts";

test("a secret of any spelling is masked: as it is, URL-encoded, inside JSON", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 6 }), (secret) => {
      rememberSecret(secret);
      for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
        expect(maskSecrets(`<${spelling}>`)).not.toContain(spelling === "" ? "\0" : spelling);
      }
    }),
    { numRuns: 50 },
  );
});

test.each([
  ["postgres://ada:correct-horse@db/app", "correct-horse"],
  ["postgres://ada:correct%20staple@db/app", "correct staple"],
  ["postgres://ada:correct%20staple@db/app", "correct%20staple"],
  ["postgres://ada:b@ttery-st@ple@db/app?x=a@b", "b@ttery-st@ple"],
  ["postgres://ada:slash/in/it@db/app", "slash/in/it"],
  ["redis://:only-a-password@cache:6379", "only-a-password"],
  ["postgres://db/app?user=ada&password=parameter-pw&x=1", "parameter-pw"],
  ["host=db user=ada password='key value' dbname=app", "key value"],
  ["host=db password=unquoted-pw dbname=app", "unquoted-pw"],
])("of the connection string %s the password %s is masked alone", (connectionString, password) => {
  rememberSecret(connectionString);
  expect(maskSecrets(connectionString)).toBe("***");
  expect(maskSecrets(`password authentication failed: ${password}`)).toBe("password authentication failed: ***");
});

test("no rest of a secret stays that contains another one", () => {
  rememberSecret("sk_live_1");
  rememberSecret("sk_live_1_and_more");
  expect(maskSecrets("key sk_live_1_and_more, key sk_live_1")).toBe("key ***, key ***");
});

test("what is shorter than six characters stays, or half of every text would go", () => {
  rememberSecret("error");
  expect(maskSecrets("an error")).toBe("an error");
});

const secrets = fc
  .string({ unit: "grapheme-ascii", minLength: 8, maxLength: 40 })
  .filter((text) => text.trim() === text);

test("a secret is masked in base64 too, wherever in the encoded text it stands", () => {
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
      const mask = new SecretMask();
      mask.remember(secret);
      for (const encoding of ["base64", "base64url"] as const) {
        const masked = mask.mask(Buffer.from(before + secret + after).toString(encoding));
        expect(Buffer.from(masked.replaceAll("*", ""), encoding).toString()).not.toContain(secret);
        expect(masked).toContain("***");
      }
    }),
  );
});

test("of a secret of several lines each line is masked alone", () => {
  const mask = new SecretMask();
  mask.remember("-----BEGIN KEY-----\n  first-line\nsecond-line\n");
  expect(mask.mask("saw second-line and first-line")).toBe("saw *** and ***");
});

test("a text that comes in pieces is masked as if it came whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 6, maxLength: 9 }), { minLength: 1 }),
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c", "-") }), { maxLength: 30 }),
      (known, pieces) => {
        const mask = new SecretMask();
        for (const secret of known) mask.remember(secret);
        const stream = mask.stream();
        const out = pieces.map((piece) => stream.push(piece)).join("") + stream.end();
        for (const secret of known) expect(out).not.toContain(secret);
        if (!known.some((secret) => pieces.join("").includes(secret))) expect(out).toBe(pieces.join(""));
      },
    ),
  );
});

test("a secret that is too short to be masked is told of", () => {
  const mask = new SecretMask();
  expect([mask.remember("short"), mask.remember("longer"), mask.remember("")]).toEqual([false, true, true]);
});
