import { Select } from "../controls/select.tsx";
import type { RunStatus } from "./run-words.ts";
import { RUN_STATUSES } from "./run-words.ts";
import type { RunsSearch } from "./runs-search.ts";
import styles from "./run-filters.module.css";

/** Narrows a list of runs by how they are and, where there are several, by their pipeline. */
export function RunFilters({ search, pipelines, onChange }: RunFiltersProps) {
  return (
    <div className={styles.filters}>
      <Select
        label="Status"
        value={search.status ?? ""}
        onChange={({ target }) => onChange({ ...search, status: (target.value || undefined) as RunStatus | undefined })}
      >
        <option value="">Any status</option>
        {RUN_STATUSES.map((status) => (
          <option key={status}>{status}</option>
        ))}
      </Select>
      {pipelines === undefined ? null : (
        <Select
          label="Pipeline"
          value={search.pipeline ?? ""}
          onChange={({ target }) => onChange({ ...search, pipeline: target.value || undefined })}
        >
          <option value="">All pipelines</option>
          {[...pipelines].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </div>
  );
}

export type RunFiltersProps = {
  search: RunsSearch;
  /** Names by ids; undefined where there is only one. */
  pipelines?: ReadonlyMap<string, string> | undefined;
  onChange: (search: RunsSearch) => void;
};
