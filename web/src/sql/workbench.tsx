import { ChartColumn, Download, Play, Rows3, Square } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { isProblem } from "../api/problem.ts";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { durationInWords } from "../controls/instant-words.ts";
import { count } from "../controls/number-words.ts";
import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { QuickChart } from "./quick-chart.tsx";
import { ResultGrid } from "./result-grid.tsx";
import { sqlName, type QueryResult, type QueryTable } from "./result.ts";
import { SqlEditor } from "./sql-editor.tsx";
import { TableList } from "./table-list.tsx";
import { useDownload, type Downloading } from "./use-download.ts";
import { useKeptText } from "./kept-text.ts";
import styles from "./workbench.module.css";

/** Tables beside an editor, and below it what a statement answered, as rows or as a chart. */
export function Workbench({ name, tables, tablesTitle, run, onDownload, note }: WorkbenchProps) {
  const [sql, setSql] = useKeptText(`sluice-sql-${name}`);
  const [view, setView] = useState<"rows" | "chart">("rows");
  const { state, start, cancel } = useStatement(run);
  const { result, error, isRunning } = state;
  const { download, start: startDownload, cancel: cancelDownload } = useDownload();
  const show = ({ schema, name: table }: QueryTable) => {
    const statement = `select *\nfrom ${sqlName(schema)}.${sqlName(table)}\nlimit 100`;
    setSql(statement);
    start(statement);
  };
  return (
    <div className={styles.workbench}>
      <Card title={tablesTitle} note={`${tables.length}`}>
        <TableList tables={tables} onChoose={show} />
      </Card>
      <div className={styles.work}>
        <Card
          title="Query"
          isFlush
          note={note}
          actions={
            isRunning ? (
              <Button variant="danger" icon={Square} onClick={cancel}>
                Cancel
              </Button>
            ) : (
              <Button variant="primary" icon={Play} disabled={sql.trim() === ""} onClick={() => start(sql)}>
                Run
              </Button>
            )
          }
        >
          <SqlEditor sql={sql} onChange={setSql} onRun={() => start(sql)} tables={tables} />
          <p className={styles.hint}>
            <kbd>Ctrl</kbd> or <kbd>⌘</kbd> with <kbd>Enter</kbd> runs it, one statement at a time.
          </p>
        </Card>
        {error === undefined ? null : <StatementError error={error} />}
        {download.error === undefined ? null : <TroubleNotice error={download.error} />}
        {download.lack === undefined ? null : (
          <Notice tone="warn" title="The file does not hold all rows">
            <p>{download.lack}</p>
          </Notice>
        )}
        <Card
          title="Result"
          isFlush
          note={
            <output>
              {isRunning
                ? "Running…"
                : download.isRunning
                  ? "Asking for the file…"
                  : result === undefined
                    ? null
                    : wordsOf(result)}
            </output>
          }
          actions={
            result === undefined || result.columns.length === 0 ? null : (
              <>
                <Button variant="quiet" icon={Rows3} aria-pressed={view === "rows"} onClick={() => setView("rows")}>
                  Rows
                </Button>
                <Button
                  variant="quiet"
                  icon={ChartColumn}
                  aria-pressed={view === "chart"}
                  onClick={() => setView("chart")}
                >
                  Chart
                </Button>
                {download.isRunning ? (
                  <Button variant="danger" icon={Square} onClick={cancelDownload}>
                    Cancel the file
                  </Button>
                ) : (
                  <Button
                    icon={Download}
                    onClick={() => startDownload((signal) => onDownload(state.sql, result, signal))}
                  >
                    CSV
                  </Button>
                )}
              </>
            )
          }
        >
          <div className={styles.result}>
            {result === undefined ? (
              <EmptyState
                title="Nothing was asked yet"
                explanation="Open a table on the side and show its rows, or write a statement of your own."
              />
            ) : result.columns.length === 0 ? (
              <EmptyState title="It is done" explanation="The statement answers no rows." />
            ) : view === "chart" ? (
              <QuickChart key={state.number} result={result} />
            ) : (
              <ResultGrid key={state.number} result={result} />
            )}
          </div>
        </Card>
      </div>
    </div>
  );
}

export type WorkbenchProps = {
  /** What the statement is kept by while the page is left. */
  name: string;
  tables: readonly QueryTable[];
  tablesTitle: string;
  /** Resolves to what a statement answers; rejects with a problem or an error, and with any when it was cancelled. */
  run: (sql: string, signal: AbortSignal) => Promise<QueryResult>;
  /** Has the browser keep an answer as a file, as `Downloading` says. */
  onDownload: (sql: string, result: QueryResult, signal: AbortSignal) => ReturnType<Downloading>;
  note?: ReactNode;
};

type StatementState = {
  /** Of the statement, so that what shows its result begins anew. */
  number: number;
  sql: string;
  isRunning: boolean;
  result?: QueryResult;
  error?: unknown;
};

/** One statement at a time: starting another one cancels it, and so does leaving the page. */
function useStatement(run: WorkbenchProps["run"]) {
  const [state, setState] = useState<StatementState>({ number: 0, sql: "", isRunning: false });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const start = (sql: string) => {
    if (sql.trim() === "") return;
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setState((before) => ({ ...before, isRunning: true, error: undefined }));
    run(sql, mine.signal).then(
      (result) =>
        mine.signal.aborted || setState((before) => ({ number: before.number + 1, sql, isRunning: false, result })),
      (error: unknown) => mine.signal.aborted || setState((before) => ({ ...before, isRunning: false, error })),
    );
  };
  const cancel = () => {
    running.current?.abort();
    setState((before) => ({ ...before, isRunning: false }));
  };
  return { state, start, cancel };
}

/** What the database says about a statement is meant for who wrote it; all else is a failure like any other. */
function StatementError({ error }: { error: unknown }) {
  if (isProblem(error) || error instanceof TypeError || !(error instanceof Error))
    return <TroubleNotice error={error} />;
  return (
    <Notice tone="bad" title="The statement was refused">
      <p>{error.message}</p>
    </Notice>
  );
}

function wordsOf({ rows, isCut, durationMs }: QueryResult): string {
  const number = `${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
  return `${isCut ? `The first ${number}` : number}, ${durationInWords(durationMs)}`;
}
