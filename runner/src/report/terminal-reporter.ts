import { render } from "ink";
import { eventText, type PlainReporterOptions } from "./plain-reporter.ts";
import type { Reporter } from "./reporter.ts";
import { summaryText } from "./summary-text.ts";
import { terminalView, type ViewState } from "./terminal-view.ts";

/** Shows a run on a terminal: the streams in place, what is worth keeping above them. */
export function terminalReporter(
  options: Pick<PlainReporterOptions, "isShown"> & { stdout?: NodeJS.WriteStream },
): Reporter {
  const { isShown, stdout = process.stdout } = options;
  const startedAtMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedAtMs) / 1000);
  let state: ViewState = { title: "", lines: [], progress: undefined, seconds: 0, rows: stdout.rows };
  const app = render(terminalView(state), { stdout, exitOnCtrlC: false, patchConsole: false });
  const show = (changes: Partial<ViewState>) => {
    state = { ...state, ...changes, seconds: seconds(), rows: stdout.rows };
    app.rerender(terminalView(state));
  };
  return {
    start: (title) => show({ title }),
    event(event) {
      if (event.type === "progress") {
        show({ progress: event.progress });
        return;
      }
      const line = eventText(event, isShown);
      if (line !== undefined) show({ lines: [...state.lines, line] });
    },
    async end(summary) {
      show({});
      app.unmount();
      await app.waitUntilExit();
      stdout.write(`${summaryText(summary, state.title)}\n`);
    },
  };
}
