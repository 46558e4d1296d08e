import { render } from "ink";
import { createElement } from "react";
import { printable } from "@sluice/protocol/stdio";
import { eventText, type PlainReporterOptions } from "./plain-reporter.ts";
import type { Reporter } from "./reporter.ts";
import { summaryText } from "./summary-text.ts";
import { TerminalView, type ViewState, type WriteAbove } from "./terminal-view.ts";

/** Shows a run on a terminal: the streams in place, what is worth keeping above them. */
export function terminalReporter(
  options: Pick<PlainReporterOptions, "isShown"> & { stdout?: NodeJS.WriteStream },
): Reporter {
  const { isShown, stdout = process.stdout } = options;
  const startedAtMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedAtMs) / 1000);
  let write: WriteAbove | undefined;
  // said before the view is there
  let early = "";
  const onShown = (writeAbove: WriteAbove) => {
    write = writeAbove;
    if (early !== "") write(early);
    early = "";
  };
  const say = (line: string) => {
    if (write === undefined) early += `${line}\n`;
    else write(`${line}\n`);
  };
  let state: ViewState = { title: "", progress: undefined, seconds: 0, rows: stdout.rows };
  const view = () => createElement(TerminalView, { ...state, onShown });
  const app = render(view(), { stdout, exitOnCtrlC: false, patchConsole: false });
  const show = (changes: Partial<ViewState>) => {
    state = { ...state, ...changes, seconds: seconds(), rows: stdout.rows };
    app.rerender(view());
  };
  return {
    start: (title) => show({ title: printable(title) }),
    event(event) {
      if (event.type === "progress") {
        show({ progress: event.progress });
        return;
      }
      const line = eventText(event, isShown);
      if (line !== undefined) say(line);
    },
    async end(summary) {
      show({});
      app.unmount();
      await app.waitUntilExit();
      stdout.write(`${summaryText(summary, state.title)}\n`);
    },
  };
}
