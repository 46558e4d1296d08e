import { SluiceError } from "@sluice/protocol";
import type { ClientConfig } from "pg";
import type { AddressConfig } from "./config.ts";
import { IamToken } from "./iam.ts";
import { splitTls, tlsOptions } from "./tls.ts";

/** Where and how to connect; `token` must be refreshed before each connection. */
export type Address = { options: ClientConfig; token?: IamToken };

/**
 * Yields where and how to connect. `ssl` overrides what a connection string says of it, and `iam` any password.
 * Throws `config` for what cannot be meant.
 */
export function addressOf(config: AddressConfig): Address {
  const { connection_string: text, iam } = config;
  if (text === undefined) {
    const options = { ...partsOf(config), ...tlsOf(config, config.ssl) };
    return iam === undefined ? { options } : withToken(options, tokenOf(iam, config));
  }
  const { address, ssl } = splitTls(text);
  const tls = tlsOf(config, config.ssl ?? ssl);
  if (iam === undefined) return { options: { connectionString: address, ...tls } };
  // the driver lets even the missing password of a string win over one that is given beside it
  const parts = partsOfUrl(new URL(address), config);
  return withToken({ ...parts, ...tls }, tokenOf(iam, parts));
}

function partsOfUrl({ hostname, port, pathname, username, searchParams }: URL, config: AddressConfig) {
  const options = searchParams.get("options");
  return {
    host: hostname,
    port: Number(port || config.port),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    ...(options === null ? {} : { options }),
  };
}

/** Each connection of a configuration takes the same token, for as long as it is good. */
const tokens = new WeakMap<object, IamToken>();

function tokenOf(...of: ConstructorParameters<typeof IamToken>): IamToken {
  const [iam] = of;
  const token = tokens.get(iam) ?? new IamToken(...of);
  tokens.set(iam, token);
  return token;
}

function withToken(options: ClientConfig, token: IamToken): Address {
  return { options: { ...options, password: () => token.password }, token };
}

function partsOf({ host, port, database, user, password }: AddressConfig): ClientConfig {
  return {
    port,
    ...(host === undefined ? {} : { host }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
}

function tlsOf({ iam }: AddressConfig, ssl: AddressConfig["ssl"]): Pick<ClientConfig, "ssl"> {
  if (iam !== undefined && (ssl === undefined || ssl.mode === "disable"))
    throw new SluiceError(
      "config",
      "With iam the connection must be encrypted; set ssl to verify-full, with the authority of RDS in ca.",
    );
  return ssl === undefined ? {} : { ssl: tlsOptions(ssl) };
}
