import { environmentName } from "@sluice/protocol/stdio";

/** What a program needs of its surroundings, whatever it is. */
const GENERAL = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

export type ConnectorEnvironmentOptions = {
  env: NodeJS.ProcessEnv;
  /** The name by which somebody chose it, never what it calls itself; without one no variables are its own. */
  connector?: string | undefined;
  /** Names of variables that the pipeline hands on. */
  passed?: readonly string[];
  added?: Record<string, string>;
};

/**
 * Yields the environment of a connector: what any program needs, its own variables (SOURCE_STRIPE_… for source-stripe),
 * and those that the pipeline passes on. No other secret of this process reaches it.
 */
export function connectorEnvironment({
  env,
  connector,
  passed = [],
  added = {},
}: ConnectorEnvironmentOptions): Record<string, string> {
  const own =
    connector !== undefined && /^(source|destination)-./.test(connector)
      ? `${environmentName(connector, [])}_`
      : undefined;
  const isOwn = (name: string) => own !== undefined && name.startsWith(own);
  const names = Object.keys(env).filter(
    (name) => GENERAL.includes(name) || name.startsWith("LC_") || isOwn(name) || passed.includes(name),
  );
  const kept = names.map((name) => [name, env[name] ?? ""] as const);
  return { ...Object.fromEntries(kept), ...added };
}
