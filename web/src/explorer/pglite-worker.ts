import { PGlite } from "@electric-sql/pglite";
import { worker } from "@electric-sql/pglite/worker";

// Postgres works beside the page, so that the page stays smooth while it does.
await worker({ init: async () => PGlite.create() });
