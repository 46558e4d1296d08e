import { useEffect, useRef, useState } from "react";
import type { QueryTable } from "../sql/result.ts";
import type { ExplorerDatabase, Loaded } from "./explorer-database.ts";
import { contentOf, csvHeader, shippedVersion, versionOf, type ApiVersion } from "./opened-file.ts";

/** How the explorer is: its database, what is in it, what it does just now and what went wrong last. */
export type ExplorerState = {
  database?: ExplorerDatabase;
  version?: ApiVersion;
  tables: QueryTable[];
  /** What is being done, in words. */
  busy?: string | undefined;
  told?: string | undefined;
  error?: unknown;
};

/** Yields the explorer of a page and what can be done with it; its database ends with the page. */
export function useExplorer() {
  const [state, setState] = useState<ExplorerState>({ tables: [], busy: "Starting Postgres in this browser…" });
  const opened = useRef<ExplorerDatabase>(undefined);
  const change = (next: Partial<ExplorerState>) => setState((before) => ({ ...before, ...next }));

  /** Does one thing at a time and tells what became of it. */
  const work = async (busy: string, task: (database: ExplorerDatabase) => Promise<Partial<ExplorerState>>) => {
    const database = opened.current;
    if (database === undefined) return;
    change({ busy, told: undefined, error: undefined });
    try {
      const done = await task(database);
      change({ ...done, tables: await database.tables(), busy: undefined });
    } catch (error) {
      change({ error, busy: undefined });
    }
  };

  useEffect(() => {
    let isLeft = false;
    const open = async () => {
      const { ExplorerDatabase: Database } = await import("./explorer-database.ts");
      const [database, version] = await Promise.all([Database.open(), shippedVersion()]);
      if (isLeft) return database[Symbol.dispose]();
      opened.current = database;
      change({ database });
      await work("Making the tables…", async () => {
        await database.makeTables(version.streams);
        return { version };
      });
    };
    open().catch((error: unknown) => isLeft || change({ error, busy: undefined }));
    return () => {
      isLeft = true;
      opened.current?.[Symbol.dispose]();
      opened.current = undefined;
    };
  }, []);

  return {
    state,
    openVersion: (file: File) =>
      work("Reading the document…", async (database) => {
        const version = await versionOf(file);
        await database.clear();
        await database.makeTables(version.streams);
        return { version, told: `The tables are those of ${version.version} now, and empty.` };
      }),
    openRecording: (file: File) =>
      work(`Loading ${file.name}…`, async (database) =>
        told(await database.loadRecording(await contentOf(file), state.version?.streams ?? [])),
      ),
    openCsv: (file: File) =>
      work(`Loading ${file.name}…`, async (database) => {
        const content = await contentOf(file);
        const columns = await csvHeader(content);
        return told(await database.loadCsv(content, tableFor(file, columns, state.tables), columns));
      }),
    /** To be called after a statement, which may have made or changed tables. */
    look: async () => change({ tables: (await opened.current?.tables()) ?? [] }),
  };
}

function told({ rows, skipped }: Loaded): Partial<ExplorerState> {
  const names = Object.keys(rows);
  const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
  const left = skipped === 0 ? "" : ` ${skipped.toLocaleString()} records are of streams that nothing describes.`;
  const where = names.length === 1 ? names[0] : `${names.length} tables`;
  return { told: `${count.toLocaleString()} records went into ${where}.${left}` };
}

/** The table that a file is named after, or the start of its name; else a new one of its name. */
function tableFor({ name }: File, columns: readonly string[], tables: readonly QueryTable[]): string {
  const base = name
    .replace(/\.(csv|txt|gz)$/gi, "")
    .replace(/\.csv$/i, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  const suits = (table: QueryTable) => columns.every((column) => table.columns.some((each) => each.name === column));
  const known = tables.find((table) => base === table.name && suits(table));
  if (known !== undefined) return known.name;
  const taken = new Set(tables.map((table) => table.name));
  let free = base === "" ? "file" : base;
  for (let number = 2; taken.has(free); number++) free = `${base}_${number}`;
  return free;
}
