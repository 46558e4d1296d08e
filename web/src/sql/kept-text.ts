import { useState } from "react";

/** Yields a text that outlives the page, but not the browser's tab, and how to set it. */
export function useKeptText(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? "");
  return [
    text,
    (next) => {
      sessionStorage.setItem(key, next);
      setText(next);
    },
  ];
}
