export { testConnector, type ConnectorTests } from "./connector-tests.ts";
