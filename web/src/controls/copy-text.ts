/**
 * Has the browser put a text on the clipboard, also where the page came by plain HTTP: there a browser has no clipboard but
 * by the way of a field that is selected. Rejects when it refuses.
 */
export async function copyText(text: string): Promise<void> {
  // undefined but over TLS and on this machine, whatever its type says
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) return clipboard.writeText(text);
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.position = "fixed";
  field.style.opacity = "0";
  // a dialog keeps the focus within itself
  (focused?.closest("dialog") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!isCopied) throw new Error("The browser does not let the page copy.");
}
