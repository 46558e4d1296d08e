/** How a connection is encrypted, as libpq's sslmode says it. */
export type Ssl = {
  mode: "disable" | "require" | "verify-ca" | "verify-full";
  /** Certificates of the authorities to trust, PEM. */
  ca?: string | undefined;
  /** Our own certificate and its key, PEM. */
  cert?: string | undefined;
  key?: string | undefined;
};

/** AWS RDS: a signed token instead of a password. */
export type Iam = { region: string; role_arn?: string | undefined; external_id?: string | undefined };

/** What of a connector's configuration says where its database is: a connection string, or a host with what belongs to it. */
export type AddressConfig = {
  connection_string?: string | undefined;
  host?: string | undefined;
  port: number;
  database?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
  ssl?: Ssl | undefined;
  iam?: Iam | undefined;
};
