import { download } from "../controls/download.ts";
import type { QueryResult } from "./result.ts";

/** Has the browser keep a result as a file of CSV; NULL is empty, and an empty text is quoted. */
export async function downloadCsv(name: string, { columns, rows }: Pick<QueryResult, "columns" | "rows">) {
  const { default: papa } = await import("papaparse");
  const header = papa.unparse([columns.map((column) => column.name)]);
  const lines = papa.unparse(
    rows.map((row) => [...row]),
    { quotes: (value) => value === "" },
  );
  download({ name, type: "text/csv;charset=utf-8", content: `${header}\r\n${lines}\r\n` });
}
