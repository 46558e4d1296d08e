import { download } from "../controls/download.ts";
import { count } from "../controls/number-words.ts";
import type { QueryResult } from "./result.ts";

/**
 * Has the browser keep a result as a file of CSV; NULL is empty, and an empty text is quoted. Resolves to what the file
 * lacks, in words; undefined when it holds all.
 */
export async function downloadCsv(name: string, { columns, rows, isCut }: QueryResult): Promise<string | undefined> {
  const { default: papa } = await import("papaparse");
  const header = papa.unparse([columns.map((column) => column.name)]);
  const lines = papa.unparse(
    rows.map((row) => [...row]),
    { quotes: (value) => value === "" },
  );
  download({ name, type: "text/csv;charset=utf-8", content: `${header}\r\n${lines}\r\n` });
  return isCut ? `It has the ${count(rows.length)} rows that are shown, and the statement answers more.` : undefined;
}
