import { useRef } from "react";

/**
 * Yields what begins something and takes no other call, by whatever key or click it comes, until that has ended. Whoever
 * gives `begin` shows what it failed with. Nothing is begun where it yields undefined.
 */
export function useOneAtATime<Given extends unknown[]>(
  begin: (...given: Given) => Promise<unknown> | undefined,
): (...given: Given) => void {
  // since a second key comes before anything is drawn anew
  const isUnderWay = useRef(false);
  return (...given) => {
    if (isUnderWay.current) return;
    const begun = begin(...given);
    if (begun === undefined) return;
    isUnderWay.current = true;
    const end = () => {
      isUnderWay.current = false;
    };
    void begun.then(end, end);
  };
}
