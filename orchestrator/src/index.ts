export { serve, type ServeOptions, type Served } from "./serve/serve.ts";
