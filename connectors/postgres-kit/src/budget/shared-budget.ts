import type { ClientBase } from "pg";
import { quoteIdentifier } from "../identifiers.ts";
import { migrate, type Migration } from "../migrations.ts";

const migrations: readonly Migration[] = [
  {
    id: 1,
    name: "budgets",
    sql: `
      CREATE TABLE budgets (
        name text PRIMARY KEY,
        spent_until timestamptz NOT NULL
      );
      COMMENT ON COLUMN budgets.spent_until IS 'When all turns that were given have passed, at the rate of the budget.';`,
  },
];

/** Nobody waits longer, whatever a clock that was set back makes of what is stored. */
const LONGEST_WAIT_S = 60;

/** How fast a budget is spent: `perSecond` turns in the long run, `burst` at once after a pause. */
export type BudgetTurn = { name: string; perSecond: number; burst: number };

/**
 * A budget of requests that any number of programs on any number of machines share: a token bucket in Postgres, by the
 * database's clock. A turn is given by one statement, in the order of asking; there is nothing to give back, and nobody
 * who dies holds anything.
 */
export class SharedBudget {
  readonly #schemaName: string;
  readonly #schema: string;

  constructor(schema: string) {
    this.#schemaName = schema;
    this.#schema = quoteIdentifier(schema);
  }

  /** Makes the schema, or brings it up to date. */
  async migrate(client: ClientBase): Promise<void> {
    await migrate(client, { schema: this.#schemaName, migrations, ledger: "budget_migrations" });
  }

  /** Takes a turn; resolves to how many milliseconds from now it comes, 0 for at once. */
  async take(client: Pick<ClientBase, "query">, { name, perSecond, burst }: BudgetTurn): Promise<number> {
    const { rows } = await client.query<{ wait_ms: number }>(
      // the row's lock makes those that ask at once come one after the other, each with a clock of its own
      `INSERT INTO ${this.#schema}.budgets AS b (name, spent_until)
         VALUES ($1, clock_timestamp() + make_interval(secs => (1 - $3::float8) / $2))
       ON CONFLICT (name) DO UPDATE SET spent_until = make_interval(secs => 1 / $2) + least(
           greatest(b.spent_until, clock_timestamp() - make_interval(secs => $3::float8 / $2)),
           clock_timestamp() + make_interval(secs => $4))
       RETURNING greatest(extract(epoch FROM spent_until - clock_timestamp()), 0)::float8 * 1000 AS wait_ms`,
      [name, perSecond, burst, LONGEST_WAIT_S],
    );
    return rows[0]?.wait_ms ?? 0;
  }
}
