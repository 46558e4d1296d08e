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

/**
 * Yields the environment of a connector: what any program needs, its own variables (SOURCE_STRIPE_… for source-stripe),
 * and those that the pipeline passes on. No other secret of this process reaches it.
 */
export function connectorEnvironment(
  connector: string,
  {
    env,
    passed = [],
    added = {},
  }: { env: NodeJS.ProcessEnv; passed?: readonly string[]; added?: Record<string, string> },
): Record<string, string> {
  const own = `${connector.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase()}_`;
  const names = Object.keys(env).filter(
    (name) => GENERAL.includes(name) || name.startsWith("LC_") || name.startsWith(own) || passed.includes(name),
  );
  const kept = names.map((name) => [name, env[name] ?? ""] as const);
  return { ...Object.fromEntries(kept), ...added };
}
