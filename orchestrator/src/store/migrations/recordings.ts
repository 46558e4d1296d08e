import type { Step } from "../migrations.ts";

export const recordings: Step = {
  name: "recordings of runs",
  sql: `
    CREATE TABLE run_recordings (
      run_id text NOT NULL REFERENCES runs ON DELETE CASCADE,
      number integer NOT NULL,
      part integer NOT NULL,
      lines bytea NOT NULL,
      is_cut boolean NOT NULL,
      PRIMARY KEY (run_id, number, part)
    );
    ALTER TABLE run_recordings ALTER COLUMN lines SET STORAGE EXTERNAL;
    COMMENT ON COLUMN run_recordings.number IS 'Each attempt of a run has a recording of its own.';
    COMMENT ON COLUMN run_recordings.lines IS 'Whole lines, redacted, as a gzip member: all parts of a recording are one file.';
    COMMENT ON COLUMN run_recordings.is_cut IS 'What came behind this part was too much to be kept.';`,
};
