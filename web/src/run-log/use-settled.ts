import { useEffect, useState } from "react";

/** Yields a value once it has stayed the same for a while, in milliseconds, so that not every key asks the server. */
export function useSettled<Value>(value: Value, forMs: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), forMs);
    return () => clearTimeout(timer);
  }, [value, forMs]);
  return settled;
}
