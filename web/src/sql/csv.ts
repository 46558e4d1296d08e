import type { QueryResult } from "./result.ts";

/** Gives a result to the browser as a file of CSV; NULL is empty, and an empty text is quoted. */
export async function downloadCsv(name: string, { columns, rows }: Pick<QueryResult, "columns" | "rows">) {
  const { default: papa } = await import("papaparse");
  const header = papa.unparse([columns.map((column) => column.name)]);
  const lines = papa.unparse(
    rows.map((row) => [...row]),
    { quotes: (value) => value === "" },
  );
  saveFile(name, new Blob([`${header}\r\n${lines}\r\n`], { type: "text/csv;charset=utf-8" }));
}

/** Has the browser save a file. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
