export type { ProxyFault } from "./fault.ts";
export { startProxy, type PostgresProxy, type ProxyCounts } from "./start.ts";
