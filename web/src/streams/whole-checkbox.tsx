import { useEffect, useRef } from "react";

/** A checkbox for several things: checked when all of them are, in between when some are. */
export function WholeCheckbox({ count, of, onToggle }: WholeCheckboxProps) {
  const box = useRef<HTMLInputElement>(null);
  const isSome = count > 0 && count < of;
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = isSome;
  }, [isSome]);
  return (
    <input
      ref={box}
      type="checkbox"
      checked={of > 0 && count === of}
      disabled={of === 0}
      onChange={({ target }) => onToggle(target.checked)}
    />
  );
}

export type WholeCheckboxProps = { count: number; of: number; onToggle: (isSelected: boolean) => void };
