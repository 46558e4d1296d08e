import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";

/** Copies a text, and says whether that worked. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [outcome, setOutcome] = useState<{ text: string; isCopied: boolean }>();
  const isCopied = outcome?.text === text ? outcome.isCopied : undefined;
  const copy = () =>
    copyText(text).then(
      () => setOutcome({ text, isCopied: true }),
      () => setOutcome({ text, isCopied: false }),
    );
  return (
    <Button icon={isCopied === true ? Check : Copy} onClick={() => void copy()}>
      <span aria-live="polite">
        {isCopied === undefined ? label : isCopied ? "Copied" : "Not copied: select it and copy it by hand"}
      </span>
    </Button>
  );
}
