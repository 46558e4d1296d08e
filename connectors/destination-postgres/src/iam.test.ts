import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@sluice/postgres-kit/server";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { query } from "./fixtures/database.ts";
import { certificates } from "./fixtures/tls/certificates.ts";

// The program as one file, in a folder of its own: what is installed beside it is what it finds. AWS's packages are
// stood in for by two of the same names, whose token tells what they were asked for.
const BUILT = join(import.meta.dirname, "..", "dist", "destination-postgres.mjs");
const SIGNER = `export class Signer {
  constructor(options) { this.options = options; }
  async getAuthToken() {
    const { hostname, port, username, region, credentials } = this.options;
    if (region === "nowhere") throw new Error("no credentials were found");
    return [username, hostname, region, credentials?.sessionToken ?? "own"].join("/") + (port > 0 ? "" : "no port");
  }
}`;
const STS = `export class STSClient {
  async send({ RoleArn, ExternalId }) {
    const SessionToken = RoleArn + " " + ExternalId;
    return { Credentials: { AccessKeyId: "a", SecretAccessKey: "s", SessionToken } };
  }
  destroy() {}
}
export class AssumeRoleCommand { constructor(input) { Object.assign(this, input); } }`;

const server = await startPostgres({ tls: certificates.server });
const folder = await mkdtemp(join(tmpdir(), "sluice-iam-"));
const program = join(folder, "destination-postgres.mjs");

beforeAll(async () => {
  await copyFile(BUILT, program);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await server.stop();
});

async function install(name: string, source: string): Promise<void> {
  const place = join(folder, "node_modules", name);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "package.json"), JSON.stringify({ name, type: "module", exports: "./index.js" }));
  await writeFile(join(place, "index.js"), source);
}

async function check(user: string, iam: object, ssl: object = { mode: "require" }): Promise<string> {
  const url = new URL(server.url);
  url.username = user;
  url.password = "ignored";
  const config = JSON.stringify({ connection_string: url.href, iam, ssl });
  const { stdout } = await execa("node", [program, "check", "--config", "@env:CONFIG"], { env: { CONFIG: config } });
  return String(JSON.parse(stdout).connection_status.message);
}

test("a role logs in with a token that was signed for it, with its own credentials or those of another role", async () => {
  expect(await check("app", { region: "eu-central-1" })).toContain("npm install @aws-sdk/rds-signer");
  await install("@aws-sdk/rds-signer", SIGNER);
  await query(
    server.url,
    "CREATE ROLE app LOGIN PASSWORD 'app/127.0.0.1/eu-central-1/own'; GRANT CREATE ON SCHEMA public TO app; GRANT CREATE ON DATABASE postgres TO app",
  );
  expect(await check("app", { region: "eu-central-1" })).toContain('as "app"');
  expect(await check("app", { region: "us-east-1" })).toContain("refused the role or its password");
  const role = { region: "eu-central-1", role_arn: "arn:aws:iam::1:role/loader", external_id: "x1" };
  expect(await check("app", role)).toContain("npm install @aws-sdk/client-sts");
  await install("@aws-sdk/client-sts", STS);
  await query(server.url, "ALTER ROLE app PASSWORD 'app/127.0.0.1/eu-central-1/arn:aws:iam::1:role/loader x1'");
  expect(await check("app", role)).toContain('as "app"');
});

test("what AWS says is told, and a token never goes in the clear", async () => {
  expect(await check("app", { region: "nowhere" })).toContain(
    "AWS gave no token for the database (no credentials were found)",
  );
  expect(await check("app", { region: "eu-central-1" }, { mode: "disable" })).toContain("must be encrypted");
});
