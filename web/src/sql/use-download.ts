import { useEffect, useRef, useState } from "react";

/** Has the browser keep a file; resolves to what the file lacks, in words, and to undefined when it holds all. */
export type Downloading = (signal: AbortSignal) => Promise<string | undefined>;

type Download = { isRunning: boolean; lack?: string | undefined; error?: unknown };

/** Yields how a download does, one at a time; leaving the page cancels it. */
export function useDownload() {
  const [download, setDownload] = useState<Download>({ isRunning: false });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const start = (downloading: Downloading) => {
    if (running.current !== undefined) return;
    const mine = new AbortController();
    running.current = mine;
    setDownload({ isRunning: true });
    const end = (ended: Omit<Download, "isRunning">) => {
      if (mine.signal.aborted) return;
      running.current = undefined;
      setDownload({ isRunning: false, ...ended });
    };
    downloading(mine.signal).then(
      (lack) => end({ lack }),
      (error: unknown) => end({ error }),
    );
  };
  const cancel = () => {
    running.current?.abort();
    running.current = undefined;
    setDownload({ isRunning: false });
  };
  return { download, start, cancel };
}
