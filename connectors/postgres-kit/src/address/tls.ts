import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";
import { SluiceError } from "@sluice/protocol";
import type { Ssl } from "./config.ts";

/** Parameters of a connection string that are about TLS; libpq defines them. */
const TLS_PARAMETER = /^(ssl|uselibpqcompat)/i;
const modes: readonly string[] = ["disable", "require", "verify-ca", "verify-full"] satisfies Ssl["mode"][];

/** Yields the options of the driver for a mode of libpq: https://www.postgresql.org/docs/current/libpq-ssl.html */
export function tlsOptions({ mode, ca, cert, key }: Ssl): ConnectionOptions | false {
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

/**
 * Yields a connection string without what it says of TLS, and that as `ssl` has it, undefined where it says nothing.
 * The driver would give some modes another meaning than libpq does. Throws `config` for a mode that may end in the clear.
 */
export function splitTls(connectionString: string): { address: string; ssl: Ssl | undefined } {
  const [address = "", query = ""] = connectionString.split("?", 2);
  const parameters = query.split("&").filter((parameter) => parameter !== "");
  const kept = parameters.filter((parameter) => !TLS_PARAMETER.test(parameter));
  const told = new URLSearchParams(parameters.filter((parameter) => TLS_PARAMETER.test(parameter)).join("&"));
  return { address: kept.length === 0 ? address : `${address}?${kept.join("&")}`, ssl: sslOf(told) };
}

function sslOf(told: URLSearchParams): Ssl | undefined {
  const [ca, cert, key] = ["sslrootcert", "sslcert", "sslkey"].map((name) => fileOf(name, told.get(name)));
  const named = told.get("sslmode") ?? (/^(1|true)$/.test(told.get("ssl") ?? "") ? "verify-full" : null);
  // as libpq does: a certificate to trust is there to be checked
  const mode = named === "require" && ca !== undefined ? "verify-ca" : named;
  if (mode === null) return undefined;
  if (mode === "no-verify") return { mode: "require" };
  if (!isMode(mode))
    throw new SluiceError(
      "config",
      `sslmode=${mode} in connection_string ${mode === "prefer" || mode === "allow" ? "may send the password in the clear" : "is not known"}; say ${modes.join(", ")}, or leave it out and set ssl.`,
    );
  return {
    mode,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function isMode(mode: string): mode is Ssl["mode"] {
  return modes.includes(mode);
}

function fileOf(parameter: string, path: string | null): string | undefined {
  // libpq's word for the authorities that the system trusts, which is what no file means here
  if (path === null || path === "" || path === "system") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new SluiceError(
      "config",
      `The file of ${parameter} in connection_string cannot be read (${path}); correct the path, or put the certificate into ssl.`,
      { cause },
    );
  }
}
