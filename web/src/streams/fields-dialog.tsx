import { useState } from "react";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { SearchField } from "../controls/search-field.tsx";
import styles from "./fields-dialog.module.css";
import type { OfferedStream } from "./stream.ts";

/** Chooses which fields of a stream are moved. Those of its key always are. */
export function FieldsDialog({ stream, chosen, onChoose, onClose }: FieldsDialogProps) {
  const [names, setNames] = useState(() => new Set(chosen ?? stream.fields.map(({ name }) => name)));
  const [text, setText] = useState("");
  const shown = stream.fields.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  const isAll = names.size === stream.fields.length;
  const toggle = (name: string, isChosen: boolean) => {
    const changed = new Set(names);
    if (isChosen) changed.add(name);
    else changed.delete(name);
    setNames(changed);
  };
  const keys = stream.fields.filter(({ isKey }) => isKey).map(({ name }) => name);
  return (
    <Dialog
      title={`Fields of ${stream.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            onClick={() =>
              onChoose(isAll ? undefined : stream.fields.map(({ name }) => name).filter((name) => names.has(name)))
            }
          >
            {isAll ? "Move all fields" : `Move ${names.size} fields`}
          </Button>
        </>
      }
    >
      <div className={styles.bar}>
        <SearchField label="Search fields" value={text} onChange={setText} />
        <Button variant="quiet" onClick={() => setNames(new Set(stream.fields.map(({ name }) => name)))}>
          All
        </Button>
        <Button variant="quiet" onClick={() => setNames(new Set(keys))}>
          Only the key
        </Button>
      </div>
      <ul className={styles.fields}>
        {shown.map(({ name, type, isKey }) => (
          <li key={name}>
            <label className={styles.field}>
              <input
                type="checkbox"
                checked={isKey || names.has(name)}
                disabled={isKey}
                onChange={({ target }) => toggle(name, target.checked)}
              />
              <span className={styles.name}>{name}</span>
              <span className={styles.type}>{isKey ? "key" : type}</span>
            </label>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

export type FieldsDialogProps = {
  stream: OfferedStream;
  /** Undefined for all. */
  chosen: readonly string[] | undefined;
  onChoose: (fields: readonly string[] | undefined) => void;
  onClose: () => void;
};
