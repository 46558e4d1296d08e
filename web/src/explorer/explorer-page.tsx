import { getRouteApi } from "@tanstack/react-router";
import { FileJson, FileSpreadsheet, History } from "lucide-react";
import { isProblem, troubleOf } from "../api/problem.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Notice } from "../controls/notice.tsx";
import { downloadCsv } from "../sql/csv.ts";
import { Workbench } from "../sql/workbench.tsx";
import styles from "./explorer-page.module.css";
import { FileButton } from "./file-button.tsx";
import { useExplorer } from "./use-explorer.ts";

const route = getRouteApi("/explorer");

/** Stripe's tables in a Postgres in this browser, filled from files of this machine; no server takes part in it. */
export function ExplorerPage() {
  const { recording } = route.useSearch();
  return <Explorer key={recording} recording={recording} />;
}

function Explorer({ recording }: { recording: string | undefined }) {
  const { state, openVersion, openRecording, openCsv, run } = useExplorer(recording);
  const { version, tables, busy, told, error } = state;
  const isDisabled = busy !== undefined;
  return (
    <>
      <PageHeader
        title="Explorer"
        note="Stripe's tables in a Postgres that runs in this browser. What you open here stays on this machine."
        actions={
          <>
            <FileButton
              label="Open a recording"
              icon={History}
              accept=".gz,.ndjson,.jsonl,.json"
              isDisabled={isDisabled}
              onOpen={(file) => void openRecording(file)}
            />
            <FileButton
              label="Open a CSV file"
              icon={FileSpreadsheet}
              accept=".csv,.gz,text/csv"
              isDisabled={isDisabled}
              onOpen={(file) => void openCsv(file)}
            />
            <FileButton
              label="Open another API version"
              icon={FileJson}
              accept=".json"
              isDisabled={isDisabled}
              onOpen={(file) => void openVersion(file)}
            />
          </>
        }
      />
      <div className={styles.status}>
        {error === undefined ? (
          <Notice tone={busy === undefined ? "good" : "idle"}>
            <p>
              {busy ??
                told ??
                `The tables are those of Stripe's API ${version?.version}, and empty until you open something.`}
            </p>
          </Notice>
        ) : (
          <Notice tone="bad" title="That did not work">
            <p>{isProblem(error) || error instanceof TypeError ? troubleOf(error).detail : messageOf(error)}</p>
          </Notice>
        )}
      </div>
      <Workbench
        name="explorer"
        tables={tables}
        tablesTitle="Tables"
        run={run}
        onDownload={(_, result) => downloadCsv("result.csv", result)}
      />
    </>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "The browser gave no reason.";
}
