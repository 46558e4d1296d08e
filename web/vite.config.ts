import react from "@vitejs/plugin-react";
import { compression } from "vite-plugin-compression2";
import { defaultClientConditions, defineConfig } from "vite";

// In development the page comes from Vite and the API from a server that runs already.
const server = process.env["SLUICE_SERVER"] ?? "http://127.0.0.1:8090";

export default defineConfig({
  plugins: [
    react(),
    // the server sends what is compressed already; Postgres is so large that the best compression would take a minute
    compression({ algorithms: ["brotliCompress", "gzip"], include: /\.(js|css|html|svg)$/ }),
    compression({ algorithms: ["gzip"], include: /\.(wasm|data)$/ }),
  ],
  resolve: { conditions: ["@sluice/source", ...defaultClientConditions] },
  // what it loads at run time it finds beside itself
  optimizeDeps: { exclude: ["@electric-sql/pglite"] },
  worker: { format: "es" },
  build: { target: ["chrome123", "firefox128", "safari18"], manifest: true, reportCompressedSize: false },
  server: { proxy: { "/v1": server, "/openapi.json": server } },
});
