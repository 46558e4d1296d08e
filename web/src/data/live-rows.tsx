import { Radio, Square } from "lucide-react";
import { useState } from "react";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Notice } from "../controls/notice.tsx";
import { ResultGrid } from "../sql/result-grid.tsx";
import styles from "./data-tab.module.css";
import type { DataTable } from "./use-data-tables.ts";
import { useTail } from "./use-tail.ts";

/** The newest rows of a table, and those that change while they are watched. */
export function LiveRows({ pipelineId, tables }: { pipelineId: string; tables: readonly DataTable[] }) {
  const [chosen, setChosen] = useState<string>();
  const [isWatched, setWatched] = useState(false);
  const table = tables.find((each) => keyOf(each) === chosen) ?? tables[0];
  if (table === undefined) return null;
  return (
    <Card
      title="Live rows"
      isFlush
      note={
        <label className={styles.choice}>
          Table
          <select
            value={keyOf(table)}
            onChange={(event) => {
              setWatched(false);
              setChosen(event.target.value);
            }}
          >
            {tables.map((each) => (
              <option key={keyOf(each)} value={keyOf(each)}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      }
      actions={
        isWatched ? (
          <Button icon={Square} onClick={() => setWatched(false)}>
            Stop
          </Button>
        ) : (
          <Button icon={Radio} onClick={() => setWatched(true)}>
            Watch
          </Button>
        )
      }
    >
      <div className={styles.rows}>
        {isWatched ? (
          <WatchedRows key={keyOf(table)} pipelineId={pipelineId} table={table} />
        ) : (
          <p className={styles.none}>Watch the table to see its newest rows here, and each row as it changes.</p>
        )}
      </div>
    </Card>
  );
}

function keyOf({ schema, name }: DataTable): string {
  return `${schema}.${name}`;
}

function WatchedRows({ pipelineId, table }: { pipelineId: string; table: DataTable }) {
  const { columns, rows, fresh, isCut, isRefused } = useTail(pipelineId, table);
  return (
    <>
      {isRefused ? (
        <Notice tone="bad" title="The rows cannot be watched for now">
          <p>The table may be gone, or the destination does not answer. It is tried again by itself.</p>
        </Notice>
      ) : null}
      {isCut ? <p className={styles.none}>So many rows changed at once that some of them are not shown.</p> : null}
      {columns === undefined || rows.length === 0 ? (
        isRefused ? null : (
          <p className={styles.none}>No row has come yet.</p>
        )
      ) : (
        <ResultGrid
          result={{ columns, rows, isCut: false, durationMs: 0 }}
          label={`Newest rows of ${table.name}`}
          freshRows={fresh}
        />
      )}
    </>
  );
}
