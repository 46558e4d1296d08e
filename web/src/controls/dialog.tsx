import { X } from "lucide-react";
import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import styles from "./dialog.module.css";
import { IconButton } from "./icon-button.tsx";

const FIELDS = "input:enabled, select:enabled, textarea:enabled";

/**
 * A dialog of the browser, which keeps the focus inside, gives it back, and closes with Escape. It is open while it is
 * mounted. Where something is filled in or chosen, that has the focus first.
 */
export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // before it leaves the page, or the focus would not go back to where it was
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>(FIELDS)?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        <IconButton icon={X} label="Close" onClick={onClose} />
      </div>
      <div className={styles.body}>{children}</div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </dialog>
  );
}

export type DialogProps = { title: string; onClose: () => void; children: ReactNode; actions?: ReactNode };
