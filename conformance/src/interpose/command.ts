import { ExitCode } from "@sluice/protocol";
import { ACTIONS, parseAction } from "./action.ts";
import { parseEvent } from "./event.ts";
import { interpose, type Ending, type Interposition } from "./interposer.ts";

/** The exit code for a fault that never fired: no connector has it. */
const NEVER_FIRED = 90;

const USAGE = `Usage: sluice-interpose --at EVENT --do ACTION -- COMMAND [ARGS…]

Runs a connector, passes on every byte of its stdin and stdout, and does something to it at an event.

Events: record:100, state:3, status:complete (of a source, or into a destination), echo:2, echo:complete (out of a
destination), ready, catalog, or any other type of message. Without a number it is the first one. The action comes
behind the event, or instead of it with "before:" in front, as in before:echo:2.

Actions:
${Object.entries(ACTIONS)
  .map(([name, does]) => `  ${name.padEnd(10)}${does}`)
  .join("\n")}

Ends as the connector does, and with ${NEVER_FIRED} when the event never came.
`;

/** Runs the `sluice-interpose` command, and sets the exit code. */
export async function runInterpose(argv: readonly string[]): Promise<void> {
  if (argv[0] === "--help") {
    process.stdout.write(USAGE);
    return;
  }
  const interposition = parse(argv);
  if (typeof interposition === "string") {
    process.stderr.write(`sluice-interpose: ${interposition} See --help.\n`);
    process.exitCode = ExitCode.usage;
    return;
  }
  try {
    conclude(await interpose(interposition), argv);
  } catch (error) {
    process.stderr.write(
      `sluice-interpose: ${interposition.command} did not start: ${String(Object(error).message)}.\n`,
    );
    process.exitCode = ExitCode.unexpected;
  }
}

function parse(argv: readonly string[]): Interposition | string {
  const [at, eventText = "", does, actionText = "", dashes, command, ...args] = argv;
  if (at !== "--at" || does !== "--do" || dashes !== "--" || command === undefined) {
    return "Give --at EVENT --do ACTION -- COMMAND, in this order.";
  }
  const event = parseEvent(eventText);
  if (event === undefined) return `"${eventText}" is no event.`;
  const action = parseAction(actionText);
  if (action === undefined) return `"${actionText}" is no action.`;
  return { command, args, event, action };
}

function conclude({ fired, code, signal }: Ending, [, event, , action]: readonly string[]): void {
  if (!fired) {
    process.stderr.write(
      `sluice-interpose: the event ${event} never came, so that ${action} was not done; the connector ended with ${code ?? signal}.\n`,
    );
    process.exitCode = NEVER_FIRED;
    return;
  }
  if (signal === null) process.exitCode = code ?? ExitCode.unexpected;
  else process.kill(process.pid, signal);
}
