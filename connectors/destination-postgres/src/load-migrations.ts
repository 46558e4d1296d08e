import type { Migration } from "@sluice/postgres-kit";

/** Tables beside those of the checkpoints, for what is known of rows and cannot stand in them; oldest first. */
export const loadMigrations: readonly Migration[] = [
  {
    id: 1,
    name: "seen versions, tombstones and generations",
    sql: `
      CREATE TABLE seen (
        relation text NOT NULL,
        max_version bigint NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        is_rejected boolean NOT NULL DEFAULT false,
        keys text[] NOT NULL,
        versions bigint[] NOT NULL,
        PRIMARY KEY (relation, max_version, id)
      );
      COMMENT ON TABLE seen IS 'Versions that came with the content which the row has already, a batch each; and rejected ones.';
      CREATE TABLE tombstones (
        relation text NOT NULL,
        key text NOT NULL,
        version bigint NOT NULL,
        deleted_at timestamptz NOT NULL,
        PRIMARY KEY (relation, key)
      );
      COMMENT ON TABLE tombstones IS 'What was removed from tables with deletes: hard, so that an older record cannot bring it back.';
      CREATE TABLE generations (
        relation text PRIMARY KEY,
        generation_id text NOT NULL,
        is_placed boolean NOT NULL
      );
      COMMENT ON TABLE generations IS 'The full refresh that each replaced table shows, or that is on its way into it.';`,
  },
];
