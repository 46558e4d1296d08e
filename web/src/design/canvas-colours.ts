/** Colours of the theme as a canvas takes them. */
export type CanvasColours = Record<"accent" | "quiet" | "line", string>;

/** A canvas knows no variable of CSS, so each colour is asked for as the page shows it inside this element. */
export function canvasColours(element: HTMLElement): CanvasColours {
  const probe = element.appendChild(document.createElement("span"));
  // with a transition, however short, a colour would be asked for before it has changed
  probe.style.transitionProperty = "none";
  const colour = (name: string) => {
    probe.style.color = `var(--colour-${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = { accent: colour("accent"), quiet: colour("quiet"), line: colour("line") };
  probe.remove();
  return colours;
}

/** Calls back when the colours are other ones, by the system or by choice, until the function that it yields is called. */
export function onThemeChange(changed: () => void): () => void {
  const dark = globalThis.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    dark.removeEventListener("change", changed);
    chosen.disconnect();
  };
}
