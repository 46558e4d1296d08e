import { lazy, Suspense, useId, useMemo, useState } from "react";
import { Loading } from "../controls/loading.tsx";
import { likelyColumns, seriesOf, type ChartColumns } from "./chart-series.ts";
import styles from "./quick-chart.module.css";
import { isNumber, type QueryResult } from "./result.ts";

const SeriesChart = lazy(() => import("./series-chart.tsx").then((module) => ({ default: module.SeriesChart })));

/** A chart of two columns of a result, which are guessed first. */
export function QuickChart({ result }: { result: QueryResult }) {
  const [chosen, setChosen] = useState(() => likelyColumns(result));
  const series = useMemo(() => (chosen === undefined ? undefined : seriesOf(result, chosen)), [result, chosen]);
  if (chosen === undefined || series === undefined)
    return <p className={styles.none}>A chart needs a column of numbers and one to set them against, such as a day.</p>;
  const { columns } = result;
  const height = columns[chosen.y];
  return (
    <div className={styles.chart}>
      <div className={styles.choices}>
        <ColumnChoice label="Along" chosen={chosen} side="x" onChoose={setChosen} columns={columns} />
        <ColumnChoice label="Height" chosen={chosen} side="y" onChoose={setChosen} columns={columns} />
      </div>
      <Suspense fallback={<Loading what="the chart" />}>
        <SeriesChart series={series} name={height?.name ?? ""} />
      </Suspense>
    </div>
  );
}

function ColumnChoice({ label, chosen, side, onChoose, columns }: ColumnChoiceProps) {
  const id = useId();
  return (
    <label htmlFor={id}>
      {label}
      <select
        id={id}
        value={chosen[side]}
        onChange={(event) => onChoose({ ...chosen, [side]: Number(event.target.value) })}
      >
        {columns.map((column, index) =>
          side === "y" && !isNumber(column) ? null : (
            // a result may have two columns of one name
            <option key={`${index}-${column.name}`} value={index}>
              {column.name}
            </option>
          ),
        )}
      </select>
    </label>
  );
}

type ColumnChoiceProps = {
  label: string;
  chosen: ChartColumns;
  side: keyof ChartColumns;
  onChoose: (columns: ChartColumns) => void;
  columns: QueryResult["columns"];
};
