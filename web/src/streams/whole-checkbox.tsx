import { useEffect, useRef, type ReactNode } from "react";

/** A checkbox for several things: checked when all of them are, in between when some are. */
export function WholeCheckbox({ count, of, isDisabled, onToggle, className, tabIndex, children }: WholeCheckboxProps) {
  const box = useRef<HTMLInputElement>(null);
  const isSome = count > 0 && count < of;
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = isSome;
  }, [isSome]);
  return (
    <label className={className}>
      <input
        ref={box}
        type="checkbox"
        tabIndex={tabIndex}
        checked={of > 0 && count === of}
        disabled={isDisabled || of === 0}
        onChange={({ target }) => onToggle(target.checked)}
      />
      {children}
    </label>
  );
}

export type WholeCheckboxProps = {
  count: number;
  of: number;
  isDisabled: boolean;
  onToggle: (isSelected: boolean) => void;
  className: string | undefined;
  tabIndex?: number | undefined;
  /** Its label. */
  children: ReactNode;
};
