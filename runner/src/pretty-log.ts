import { LineSplitter, prettyLogLine } from "@sluice/protocol/stdio";

// Renders the output of any of our programs, log lines and messages, for people: source-stripe read | sluice-pretty-log
const splitter = new LineSplitter();
const print = (bytes: Buffer) => process.stdout.write(`${prettyLogLine(bytes.toString(), { withTime: true })}\n`);
// a reader that has seen enough, such as head, is no failure
process.stdout.on("error", () => process.stdin.destroy());
for await (const chunk of process.stdin as AsyncIterable<Buffer>) for (const { bytes } of splitter.push(chunk)) print(bytes);
const last = splitter.end();
if (last !== undefined) print(last.bytes);
