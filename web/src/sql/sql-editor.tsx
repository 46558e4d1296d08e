import { lazy, Suspense } from "react";
import { Loading } from "../controls/loading.tsx";
import type { QueryTable } from "./result.ts";
import styles from "./sql-editor.module.css";

// the editor weighs more than the rest of the page, so it comes when it is needed
const CodeEditor = lazy(() => import("./code-editor.tsx").then(({ CodeEditor: editor }) => ({ default: editor })));

/** A field for SQL that knows the tables. Mod-Enter runs what is in it; Tab leaves it, as everywhere on the page. */
export function SqlEditor(props: SqlEditorProps) {
  return (
    <div className={styles.editor}>
      <Suspense fallback={<Loading what="the editor" />}>
        <CodeEditor {...props} />
      </Suspense>
    </div>
  );
}

export type SqlEditorProps = {
  sql: string;
  onChange: (sql: string) => void;
  onRun: () => void;
  tables: readonly QueryTable[];
};
