import { SluiceError } from "@sluice/protocol";

/** Where a server listens for TCP connections. */
export type TcpTarget = { host: string; port: number };

/** The fields of a configuration that lead to a database: one with a URL, or one with the host and one with the port. */
export type DatabaseFields = { url: string } | { host: string; port: string };

/** The ports of databases whose URLs may leave them out. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "mysql:": 3306,
  "mariadb:": 3306,
  "mongodb:": 27_017,
  "redis:": 6379,
  "clickhouse:": 9000,
};

/** Yields where the database of a configuration is; throws `config` where its fields do not tell. */
export function targetOf(config: Readonly<Record<string, unknown>>, fields: DatabaseFields): TcpTarget {
  if ("host" in fields) {
    const [host, port] = [config[fields.host], Number(config[fields.port])];
    if (typeof host === "string" && Number.isInteger(port)) return { host, port };
    throw unknown(`"${fields.host}" and "${fields.port}"`);
  }
  const url = URL.parse(String(config[fields.url]));
  const port = Number(url?.port) || DEFAULT_PORTS[url?.protocol ?? ""];
  if (url === null || url.hostname === "" || port === undefined) throw unknown(`"${fields.url}"`);
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port };
}

/** Yields a configuration that leads to another host and port, and is the same in all else. */
export function redirected(
  config: Readonly<Record<string, unknown>>,
  fields: DatabaseFields,
  { host, port }: TcpTarget,
): Record<string, unknown> {
  if ("host" in fields) return { ...config, [fields.host]: host, [fields.port]: port };
  const url = new URL(String(config[fields.url]));
  url.hostname = host;
  url.port = String(port);
  return { ...config, [fields.url]: url.href };
}

function unknown(fields: string): SluiceError {
  return new SluiceError(
    "config",
    `The plan's configuration does not tell in ${fields} where the database is; name in "database" the field with its URL, port included, or those with its host and port.`,
  );
}
