import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { TroubleNotice } from "./trouble-notice.tsx";

/** Asks whether something is to go, says what that means, and why it could not be done. */
export function ConfirmDialog({ title, verb, isBusy, error, onConfirm, onClose, children }: ConfirmDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" isBusy={isBusy} onClick={onConfirm}>
            {verb}
          </Button>
        </>
      }
    >
      <p>{children}</p>
      {error === null ? null : <TroubleNotice error={error} />}
    </Dialog>
  );
}

export type ConfirmDialogProps = {
  title: string;
  verb: string;
  isBusy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
};
