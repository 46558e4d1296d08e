import { log } from "@sluice/protocol/stdio";
import type { OutputLine } from "../../sabotage/fault.ts";
import { TamperedStdout } from "../../sabotage/tampered-stdout.ts";

/** What a reference connector is made to do wrong, so that one check of the kit must find it. */
export type Defect<Connector> = {
  /** The connector with the defect in it; the honest one without. */
  make?: () => Connector;
  /** Changes what leaves the process, line by line; text is latin1. */
  line?: (line: OutputLine) => string;
  /** Before anything else. */
  begin?: () => void;
};
export type DefectTable<Connector> = Readonly<Record<string, Defect<Connector>>>;

/** Takes `--defect ID` off the command line, begins with it, and yields the connector; throws a RangeError for an unknown one. */
export function defectiveConnector<Connector>(defects: DefectTable<Connector>, honest: () => Connector): Connector {
  const [option, id = ""] = process.argv.splice(2, 2);
  const defect = option === "--defect" ? defects[id] : undefined;
  if (defect === undefined) throw new RangeError(`Begin with --defect ID: ${Object.keys(defects).join(", ")}.`);
  const { line } = defect;
  if (line !== undefined) new TamperedStdout((output) => line(output));
  defect.begin?.();
  log("debug", `It has the defect ${id}.`);
  return (defect.make ?? honest)();
}
