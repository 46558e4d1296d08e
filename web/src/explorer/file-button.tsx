import type { LucideIcon } from "lucide-react";
import { useRef } from "react";
import { Button } from "../controls/button.tsx";

/** A button that asks for a file of this machine. */
export function FileButton({ label, icon, accept, isDisabled, onOpen }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0];
          // the same file may be chosen again
          event.target.value = "";
          if (file !== undefined) onOpen(file);
        }}
      />
      <Button icon={icon} disabled={isDisabled} onClick={() => input.current?.click()}>
        {label}
      </Button>
    </>
  );
}

export type FileButtonProps = {
  label: string;
  icon: LucideIcon;
  accept: string;
  isDisabled: boolean;
  onOpen: (file: File) => void;
};
