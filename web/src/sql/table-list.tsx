import { useDeferredValue, useState } from "react";
import { Field } from "../controls/field.tsx";
import { count, shortCount } from "../controls/number-words.ts";
import { useRowKeys } from "../controls/row-keys.ts";
import type { QueryTable } from "./result.ts";
import styles from "./table-list.module.css";

/** The tables that can be queried, each with its columns when it is opened. */
export function TableList({
  tables,
  onChoose,
}: {
  tables: readonly QueryTable[];
  onChoose: (table: QueryTable) => void;
}) {
  const [wanted, setWanted] = useState("");
  const search = useDeferredValue(wanted).trim().toLowerCase();
  const isFound = ({ name, columns }: QueryTable) =>
    [name, ...columns.map((column) => column.name)].some((each) => each.toLowerCase().includes(search));
  const found = tables.filter(isFound);
  const { box, handlers, tabIndexOf } = useRowKeys<HTMLUListElement>(found.length);
  return (
    <div className={styles.tables}>
      <Field label="Find a table or a column">
        {(control) => (
          <input {...control} type="search" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        )}
      </Field>
      {/* reachable by Tab, so that it scrolls by keyboard, too */}
      <ul ref={box} className={styles.list} tabIndex={0} aria-label="Tables" {...handlers}>
        {found.map((table, index) => (
          <li key={`${table.schema}.${table.name}`} data-row={index} tabIndex={-1}>
            <OneTable table={table} tabIndex={tabIndexOf(index)} onChoose={onChoose} />
          </li>
        ))}
        {found.length === 0 ? (
          <li className={styles.none}>{wanted === "" ? "There are none yet." : "No table is called so."}</li>
        ) : null}
      </ul>
    </div>
  );
}

type OneTableProps = { table: QueryTable; tabIndex: number; onChoose: (table: QueryTable) => void };

function OneTable({ table, tabIndex, onChoose }: OneTableProps) {
  const [isOpen, setOpen] = useState(false);
  const { name, rows, columns } = table;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary tabIndex={tabIndex}>
        <span className={styles.name}>{name}</span>
        {rows === undefined ? null : (
          <span className={styles.count} title={`About ${count(rows)} rows`}>
            {shortCount(rows)}
          </span>
        )}
      </summary>
      {isOpen ? (
        <>
          <button type="button" tabIndex={tabIndex} className={styles.choose} onClick={() => onChoose(table)}>
            Show its rows
          </button>
          <ul className={styles.columns}>
            {columns.map((column) => (
              <li key={column.name}>
                <span className={styles.name}>{column.name}</span>
                <span className={styles.type}>{shortType(column.type)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </details>
  );
}

function shortType(type: string): string {
  return type.replace("timestamp with time zone", "timestamptz").replace("double precision", "float8");
}
