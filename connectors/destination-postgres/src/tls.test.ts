import { createDatabase, startPostgres } from "@sluice/postgres-kit/server";
import { afterAll, expect, test } from "vitest";
import { Config } from "./config.ts";
import { withDatabase } from "./connection.ts";
import { testDatabase } from "./fixtures/database.ts";
import { certificates } from "./fixtures/tls/certificates.ts";

const encrypted = await startPostgres({ tls: certificates.server });
const database = await createDatabase(encrypted.url);
const plain = await testDatabase();
afterAll(async () => {
  await plain.drop();
  await encrypted.stop();
});

type Ssl = NonNullable<Config["ssl"]>;
const [byName, byNumber] = [database.url.replace("127.0.0.1", "localhost"), database.url];

/** Resolves to whether the session is encrypted. */
function connect(url: string, ssl?: Ssl): Promise<boolean> {
  const config = Config.parse({ connection_string: url, ...(ssl === undefined ? {} : { ssl }) });
  return withDatabase(config, "trying it", async (client) => {
    const { rows } = await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    return rows[0]?.ssl === true;
  });
}

const { ca, caPath, otherCa, otherCaPath } = certificates;

test.each([
  ["in the clear when it is to be disabled", byName, { mode: "disable" }, false],
  ["encrypted by require, whoever signed the certificate", byName, { mode: "require" }, true],
  ["encrypted by verify-ca, whatever the host is called", byNumber, { mode: "verify-ca", ca }, true],
  ["encrypted by verify-full to the host of the certificate", byName, { mode: "verify-full", ca }, true],
  ["as ssl says, whatever the string says", `${byName}?sslmode=verify-full`, { mode: "disable" }, false],
] as const)("a connection is %s", async (_, url, ssl, isEncrypted) => {
  expect(await connect(url, ssl)).toBe(isEncrypted);
});

test.each([
  ["sslmode=disable", false],
  ["sslmode=require", true],
  ["sslmode=no-verify", true],
  [`sslmode=require&sslrootcert=${caPath}`, true],
  [`sslmode=verify-ca&sslrootcert=${caPath}&application_name=x`, true],
  [`sslmode=verify-full&sslrootcert=${encodeURIComponent(caPath)}`, true],
])("a connection string means with %s what libpq means", async (parameters, isEncrypted) => {
  expect(await connect(`${byName}?${parameters}`)).toBe(isEncrypted);
});

test.each([
  ["of another host", byNumber, { mode: "verify-full", ca }, "is of another host: correct the host"],
  ["of an authority that is not trusted", byName, { mode: "verify-full" }, "put that authority into ssl.ca"],
  ["of another authority", byName, { mode: "verify-ca", ca: otherCa }, "put that authority into ssl.ca"],
  [
    "to be checked against what is none",
    byName,
    { mode: "verify-ca", ca: "-----BEGIN nothing" },
    "put that authority into ssl.ca",
  ],
] as const)("a certificate %s is refused with what to do", async (_, url, ssl, advice) => {
  await expect(connect(url, ssl)).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(advice),
  });
});

test("a server without TLS is told, and never spoken to in the clear instead", async () => {
  await expect(connect(plain.url, { mode: "require" })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("the server offers none"),
  });
});

test.each(["prefer", "allow", "sometimes"])("sslmode=%s is refused with the modes to choose from", async (mode) => {
  await expect(connect(`${byName}?sslmode=${mode}`)).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("disable, require, verify-ca, verify-full"),
  });
});

test("a connection string that requires TLS and names an authority trusts no other one", async () => {
  await expect(connect(`${byName}?sslmode=require&sslrootcert=${otherCaPath}`)).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("put that authority into ssl.ca"),
  });
});

test("a certificate file that is not there is named", async () => {
  await expect(connect(`${byName}?sslmode=verify-ca&sslrootcert=/no/such.crt`)).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("sslrootcert in connection_string cannot be read (/no/such.crt)"),
  });
});

test("a server that wants encryption says so", async () => {
  await withDatabase(Config.parse({ connection_string: database.url }), "changing the server", async (client) => {
    const { rows } = await client.query("SHOW hba_file");
    await client.query(`COPY (SELECT 'hostssl all all 127.0.0.1/32 scram-sha-256') TO '${String(rows[0]?.hba_file)}'`);
    await client.query("SELECT pg_reload_conf()");
  });
  await expect
    .poll(() => connect(byNumber).catch((error: unknown) => error))
    .toMatchObject({ code: "config", message: expect.stringContaining("wants an encrypted connection") });
  expect(await connect(byNumber, { mode: "require" })).toBe(true);
});
