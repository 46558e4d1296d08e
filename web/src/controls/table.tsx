import type { CSSProperties, ReactNode } from "react";
import styles from "./table.module.css";

/**
 * A table that looks as all of them do; `columns` are its headings. It scrolls sideways by itself, by keyboard, too; on a
 * narrow screen each row is a block, in which the cells behind the first have their heading above them.
 */
export function Table({ caption, columns, children }: TableProps) {
  return (
    <div className={styles.scroll} tabIndex={0} role="group" aria-label={caption}>
      <table className={styles.table} style={headings(columns)}>
        <thead>
          <tr>
            {columns.map(({ name, isNumber = false }) => (
              <th key={name} scope="col" className={isNumber ? styles.number : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export type TableProps = {
  caption: string;
  columns: readonly { name: string; isNumber?: boolean }[];
  children: ReactNode;
};

/** Yields the headings as `--heading-1` and so on, for the style sheet. */
function headings(columns: TableProps["columns"]): CSSProperties {
  return Object.fromEntries(columns.map(({ name }, index) => [`--heading-${index + 1}`, JSON.stringify(name)]));
}
