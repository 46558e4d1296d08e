import { CopyButton } from "../controls/copy-button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import styles from "./result-grid.module.css";

/** A value as a whole; JSON is set out in lines. */
export function CellDialog({ name, type, value, onClose }: CellDialogProps) {
  return (
    <Dialog title={name} onClose={onClose} actions={value === null ? null : <CopyButton text={value} />}>
      <p className={styles.type}>{type}</p>
      {/* reachable by Tab, so that it scrolls by keyboard, too */}
      <pre className={styles.value} tabIndex={0}>
        {value === null ? "null" : laidOut(value, type)}
      </pre>
    </Dialog>
  );
}

/** A value with the name and the type of its column. */
export type OpenedCell = { name: string; type: string; value: string | null };
type CellDialogProps = OpenedCell & { onClose: () => void };

/** Yields JSON in lines. Its digits stay as they are, so it is not parsed to be written again. */
function laidOut(value: string, type: string): string {
  if (type !== "json" && type !== "jsonb") return value;
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return value.replaceAll(/"(?:[^"\\]|\\.)*"|[{}[\],]\s*|:\s*/g, (token) => {
    const mark = token.trimEnd();
    if (mark === "{" || mark === "[") {
      depth += 1;
      return mark + line();
    }
    if (mark === "}" || mark === "]") {
      depth -= 1;
      return line() + mark;
    }
    if (mark === ",") return mark + line();
    return mark === ":" ? ": " : token;
  });
}
