import { buildApi } from "./app.ts";
import type { ApiContext } from "./context.ts";

/** Resolves to the OpenAPI 3.1 document of the API, as published in `openapi.json`. */
export async function apiDocument(): Promise<object> {
  // the routes are described and never asked, so nothing has to be behind them
  const api = await buildApi({} as ApiContext);
  try {
    return api.swagger();
  } finally {
    await api.close();
  }
}
