import { startPostgres } from "@sluice/postgres-kit/server";

/** Starts what tests need once a run: tests find their Postgres in `DATABASE_URL`, which may also be set from outside. */
export async function setup(): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  process.env["DATABASE_URL"] = postgres.url;
  return () => postgres.stop();
}
