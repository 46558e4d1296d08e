import fc from "fast-check";
import { expect, test } from "vitest";
import { maskSecrets, rememberSecret } from "./secrets.ts";

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
