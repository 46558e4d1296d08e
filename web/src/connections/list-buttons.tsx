import type { IconButtonProps as FormButtonProps } from "@rjsf/utils";
import { ArrowDown, ArrowUp, Plus, Trash2, type LucideIcon } from "lucide-react";
import { Button } from "../controls/button.tsx";
import { IconButton } from "../controls/icon-button.tsx";

/** The buttons of a list in a form: what adds an entry, moves one and takes one away. */
export const listButtons = {
  AddButton: ({ id, disabled, onClick }: FormButtonProps) => (
    <Button id={id} icon={Plus} disabled={disabled} onClick={onClick}>
      Add one
    </Button>
  ),
  MoveUpButton: ofEntry(ArrowUp, "Move up"),
  MoveDownButton: ofEntry(ArrowDown, "Move down"),
  RemoveButton: ofEntry(Trash2, "Remove"),
};

function ofEntry(icon: LucideIcon, label: string) {
  return ({ id, disabled, onClick }: FormButtonProps) => (
    <IconButton id={id} icon={icon} label={label} disabled={disabled} onClick={onClick} />
  );
}
