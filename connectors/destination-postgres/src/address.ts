import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";
import type { ClientConfig } from "pg";
import type { Config } from "./config.ts";

/** Yields where and how to connect. `ssl` overrides what a connection string says of it. */
export function addressOf(config: Config): ClientConfig {
  const ssl = config.ssl === undefined ? {} : { ssl: tlsOptions(config.ssl) };
  if (config.connection_string !== undefined) {
    return { connectionString: config.ssl === undefined ? config.connection_string : withoutSsl(config), ...ssl };
  }
  const { host, port, database, user, password } = config;
  return {
    port,
    ...(host === undefined ? {} : { host }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...ssl,
  };
}

function tlsOptions({ mode, ca, cert, key }: NonNullable<Config["ssl"]>): ConnectionOptions | false {
  if (mode === "disable") return false;
  return {
    rejectUnauthorized: mode !== "require",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      mode === "verify-full" ? checkServerIdentity(host, certificate) : undefined,
  };
}

/** The driver lets sslmode and its like in the string win over what it is given besides. */
function withoutSsl({ connection_string: text = "" }: Config): string {
  const [address = "", parameters = ""] = text.split("?", 2);
  const kept = parameters
    .split("&")
    .filter((parameter) => parameter !== "" && !/^(ssl|uselibpqcompat)/i.test(parameter));
  return kept.length === 0 ? address : `${address}?${kept.join("&")}`;
}
