import { SluiceError } from "@sluice/protocol";
import type { Iam } from "./config.ts";

type At = { host?: string | undefined; port: number; user?: string | undefined };
type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

type SignerOptions = { hostname: string; port: number; username: string; region: string; credentials?: Credentials };

/** What is used of @aws-sdk/rds-signer and @aws-sdk/client-sts, which only those install who need them. */
type RdsSigner = {
  Signer: new (options: SignerOptions) => { getAuthToken(): Promise<string> };
};
type AssumedRole = {
  Credentials?: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string };
};
type ClientSts = {
  STSClient: new (options: { region: string }) => { send(command: object): Promise<AssumedRole>; destroy(): void };
  AssumeRoleCommand: new (input: { RoleArn: string; RoleSessionName: string; ExternalId?: string }) => object;
};

const TOKEN_MS = 10 * 60 * 1000;

/**
 * The password of new connections: a token that AWS RDS takes for a quarter of an hour, signed with the credentials that
 * the AWS SDK finds, or with those of a role.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
export class IamToken {
  readonly #iam: Iam;
  readonly #at: At;
  #signed: { token: string; atMs: number } | undefined;

  constructor(iam: Iam, at: At) {
    this.#iam = iam;
    this.#at = at;
  }

  /** Yields the token that was signed last. */
  get password(): string {
    return this.#signed?.token ?? "";
  }

  /**
   * Signs a token where there is none that is good for a while; before each connection, as the driver leaves one open
   * whose password fails. Throws `auth`, or `config` where the SDK is missing.
   */
  async refresh(): Promise<void> {
    const atMs = performance.now();
    if (this.#signed !== undefined && atMs - this.#signed.atMs < TOKEN_MS) return;
    try {
      this.#signed = { token: await this.#sign(), atMs };
    } catch (cause) {
      if (cause instanceof SluiceError) throw cause;
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new SluiceError(
        "auth",
        `AWS gave no token for the database (${said}); check the credentials that the AWS SDK finds, and iam.`,
        { cause },
      );
    }
  }

  async #sign(): Promise<string> {
    const { Signer } = await load<RdsSigner>("@aws-sdk/rds-signer");
    const { host: hostname = "", port, user: username = "" } = this.#at;
    const { region, role_arn: role } = this.#iam;
    const credentials = role === undefined ? {} : { credentials: await assumeRole(this.#iam, role) };
    return new Signer({ hostname, port, username, region, ...credentials }).getAuthToken();
  }
}

async function assumeRole({ region, external_id: externalId }: Iam, roleArn: string): Promise<Credentials> {
  const { STSClient, AssumeRoleCommand } = await load<ClientSts>("@aws-sdk/client-sts");
  const client = new STSClient({ region });
  try {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: "destination-postgres",
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    });
    const { Credentials: given = {} } = await client.send(command);
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given;
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
      throw new SluiceError("auth", `AWS gave no credentials for the role ${roleArn}; check iam.`);
    return { accessKeyId, secretAccessKey, sessionToken };
  } finally {
    client.destroy();
  }
}

/** `name` is no literal where it is imported, so that the single file is built without it. */
async function load<Module>(name: string): Promise<Module> {
  try {
    return (await import(name)) as Module;
  } catch (cause) {
    throw new SluiceError(
      "config",
      `iam needs the package ${name}, which is not installed; run: npm install ${name} beside destination-postgres.`,
      { cause },
    );
  }
}
