import { isMessageType, type Message } from "../message.ts";
import { printable } from "./printable.ts";

/** What a log line of ours holds besides its own fields. */
type LogLine = { level: string; time?: string; program?: string; message: string };
type PrettyOptions = { withTime?: boolean };

/**
 * Yields a line of any of our programs as a person reads it: log lines as "program: warn: message", messages in a few
 * words, everything else as it is, all of it `printable`. Of a record only its head is shown, never its data.
 */
export function prettyLogLine(line: string, { withTime = false }: PrettyOptions = {}): string {
  return printable(prettyText(line, withTime));
}

function prettyText(line: string, withTime: boolean): string {
  const parsed = parse(line);
  if (parsed === undefined) return line.trimEnd();
  if (isLogLine(parsed)) return prettyLog(parsed, withTime);
  if ("type" in parsed && typeof parsed.type === "string" && isMessageType(parsed.type)) {
    return prettyMessage(parsed as Message);
  }
  return line.trimEnd();
}

function prettyLog({ level, time, program, message, ...fields }: LogLine, withTime: boolean): string {
  const clock = withTime && time !== undefined ? `${time} ` : "";
  const prefix = level === "info" ? "" : `${level}: `;
  return `${clock}${program ?? "sluice"}: ${prefix}${message}${withTime ? prettyFields(fields) : ""}`;
}

function prettyFields(fields: object): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${text(value)}`);
  return parts.length === 0 ? "" : `  ${parts.join(" ")}`;
}

function prettyMessage(message: Message): string {
  switch (message.type) {
    case "record": {
      const { stream, op = "upsert", version } = message.record;
      return `record: ${op} in ${stream}${version === undefined ? "" : `, version ${version}`}`;
    }
    case "state": {
      const { seq, stream, epoch } = message.state;
      return `state ${seq}${epoch === undefined ? "" : ` of epoch ${epoch}`}: ${stream ?? "all streams"}${counts(message.state)}`;
    }
    case "stream_status": {
      const { stream, status, reason } = message.stream_status;
      return `${stream}: ${status}${reason === undefined ? "" : ` (${reason})`}${counts(message.stream_status)}`;
    }
    case "catalog":
      return `catalog: ${message.catalog.streams.length} streams`;
    case "log": {
      const { level, message: sentence, fields = {} } = message.log;
      return `${level}: ${sentence}${prettyFields(fields)}`;
    }
    case "error":
      return `error: ${message.error.message} (${message.error.failure_type})`;
    case "rejected":
      return `rejected: a record of ${message.rejected.stream}: ${message.rejected.reason}`;
    case "connection_status":
      return `${message.connection_status.status}: ${message.connection_status.message}`;
    case "summary":
      return `summary: exit code ${message.summary.exit_code}, ${Object.keys(message.summary.streams).length} streams`;
    default:
      return message.type;
  }
}

function counts({ committed }: { committed?: Record<string, { received: number; rejected: number }> | undefined }) {
  if (committed === undefined) return "";
  const all = Object.values(committed);
  const received = all.reduce((sum, each) => sum + each.received, 0);
  const rejected = all.reduce((sum, each) => sum + each.rejected, 0);
  return `, ${received} records committed${rejected === 0 ? "" : `, ${rejected} of them rejected`}`;
}

function isLogLine(value: object): value is LogLine {
  return "level" in value && typeof value.level === "string" && "message" in value && typeof value.message === "string";
}

function parse(line: string): object | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    // a line that is no JSON is shown as it is
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
