import { useId, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import styles from "./form-dialog.module.css";
import { TroubleNotice } from "./trouble-notice.tsx";
import { useOneAtATime } from "./use-one-at-a-time.ts";

/** A dialog that asks for something to be filled in, does one thing with it, and shows what kept it from that. */
export function FormDialog({ title, verb, isBusy, isDisabled, error, onSubmit, onClose, children }: FormDialogProps) {
  const id = useId();
  const submit = useOneAtATime(onSubmit);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button variant="primary" type="submit" form={id} isBusy={isBusy} disabled={isDisabled}>
            {verb}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {children}
      </form>
      {error === null ? null : <TroubleNotice error={error} />}
    </Dialog>
  );
}

export type FormDialogProps = {
  title: string;
  /** What its button says. */
  verb: string;
  isBusy: boolean;
  isDisabled?: boolean;
  /** What the last try failed with; null for nothing. */
  error: unknown;
  /** Yields what has to end before it is called again; undefined where it began nothing. */
  onSubmit: () => Promise<unknown> | undefined;
  onClose: () => void;
  children: ReactNode;
};
