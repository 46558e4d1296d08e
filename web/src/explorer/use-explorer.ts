import { useEffect, useRef, useState } from "react";
import { count } from "../controls/number-words.ts";
import { recordingOf } from "../runs/recording.ts";
import type { QueryResult, QueryTable } from "../sql/result.ts";
import type { ExplorerDatabase, Loaded } from "./explorer-database.ts";
import { contentOf, csvHeader, shippedVersion, versionOf, type ApiVersion } from "./opened-file.ts";

/** How the explorer is: what is in its database, what it does just now and what went wrong last. */
export type ExplorerState = {
  version?: ApiVersion;
  tables: QueryTable[];
  /** What is being done, in words. */
  busy?: string | undefined;
  told?: string | undefined;
  error?: unknown;
};

/** Something that is done with a database, and what of the explorer it changes. */
type Change = (database: ExplorerDatabase) => Promise<Partial<ExplorerState> | void>;

/**
 * Yields the explorer of a page and what can be done with it; its database ends with the page. It begins with the recording
 * of a run where there is the id of one.
 */
export function useExplorer(recordedRun?: string) {
  const [state, setState] = useState<ExplorerState>({ tables: [], busy: "Starting Postgres in this browser…" });
  const database = useRef<Promise<ExplorerDatabase>>(undefined);
  const done = useRef<Change[]>([]);
  const change = (next: Partial<ExplorerState>) => setState((before) => ({ ...before, ...next }));

  /** Does something and tells what became of it. */
  const finish = async (task: Change) => {
    try {
      const opened = await database.current;
      if (opened === undefined) return;
      const outcome = await task(opened);
      done.current.push(task);
      change({ ...outcome, tables: await opened.tables(), busy: undefined });
    } catch (error) {
      change({ error, busy: undefined });
    }
  };

  const work = (busy: string, task: Change) => {
    change({ busy, told: undefined, error: undefined });
    return finish(task);
  };

  /** Ends a database, which goes on with a statement until then, and has another one do all that was done in it. */
  const replace = async (stopped: ExplorerDatabase) => {
    stopped[Symbol.dispose]();
    const again = [...done.current];
    database.current = openDatabase(again);
    change({ busy: "Cancelled. Postgres starts again, with what was opened…", told: undefined, error: undefined });
    await database.current.then(
      () => change({ busy: undefined, told: "The statement was cancelled; the tables are as they were before it." }),
      (error: unknown) => change({ error, busy: undefined }),
    );
  };

  useEffect(() => {
    const shipped = shippedVersion();
    database.current = openDatabase([]);
    const begun = finish(async (opened) => {
      const version = await shipped;
      await opened.makeTables(version.streams);
      return { version };
    });
    if (recordedRun !== undefined)
      void begun.then(() =>
        work(`Fetching the recording of ${recordedRun}…`, async (opened) => {
          const recording = await contentOf(await recordingOf(recordedRun));
          return told(await opened.loadRecording(recording, (await shipped).streams));
        }),
      );
    return () => {
      // what failed has said so
      database.current?.then((opened) => opened[Symbol.dispose]()).catch(() => {});
      database.current = undefined;
      done.current = [];
    };
  }, [recordedRun]);

  return {
    state,
    openVersion: (file: File) =>
      work("Reading the document…", async (opened) => {
        const version = await versionOf(file);
        await opened.clear();
        await opened.makeTables(version.streams);
        return { version, told: `The tables are those of ${version.version} now, and empty.` };
      }),
    openRecording: (file: File) =>
      work(`Loading ${file.name}…`, async (opened) =>
        told(await opened.loadRecording(await contentOf(file), state.version?.streams ?? [])),
      ),
    openCsv: (file: File) =>
      work(`Loading ${file.name}…`, async (opened) => {
        const content = await contentOf(file);
        const columns = await csvHeader(content);
        return told(await opened.loadCsv(content, tableFor(file, columns, state.tables), columns));
      }),
    /** Resolves to what statements answer. The signal ends them, and Postgres with them, which starts again. */
    run: async (sql: string, signal: AbortSignal): Promise<QueryResult> => {
      const opened = await database.current;
      if (opened === undefined || state.busy !== undefined)
        throw new Error("Postgres is at work on something else; try again in a moment.");
      const cancel = () => void replace(opened);
      signal.addEventListener("abort", cancel);
      try {
        const { result, hasChanged } = await opened.run(sql);
        if (!hasChanged) return result;
        done.current.push(async (again) => void (await again.run(sql)));
        change({ tables: await opened.tables() });
        return result;
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
  };
}

/** Resolves to a database in which all of this was done. */
async function openDatabase(changes: readonly Change[]): Promise<ExplorerDatabase> {
  const { ExplorerDatabase: Database } = await import("./explorer-database.ts");
  const opened = await Database.open();
  for (const again of changes) await again(opened);
  return opened;
}

function told({ rows, skipped }: Loaded): Partial<ExplorerState> {
  const names = Object.keys(rows);
  const sum = Object.values(rows).reduce((total, each) => total + each, 0);
  const left = skipped === 0 ? "" : ` ${count(skipped)} records are of streams that nothing describes.`;
  const where = names.length === 1 ? names[0] : `${names.length} tables`;
  return { told: `${count(sum)} records went into ${where}.${left}` };
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
