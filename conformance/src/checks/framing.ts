import { Feed, numbered } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import { echoes, payloads } from "../processes/output-line.ts";
import { anyMode, expectCode, expectGood, expectRows } from "./destination-runs.ts";
import { fullRead, lastWords } from "./source-runs.ts";

const DESTINATION = ["destination"] as const;
const LONG_BYTES = 16 * 1024 * 1024;
const LIMIT_BYTES = 100_000;

export const framingChecks: readonly Check[] = [
  {
    id: "P1",
    level: 1,
    kinds: ["source", "destination"],
    title: "lines end at 0x0A and nowhere else, whatever they hold and however the bytes are cut",
    fix: "Split the bytes at 0x0A before you decode them; write one message a line, and end each with 0x0A.",
    defect: "takes other characters for the end of a line",
    run: framing,
  },
  {
    id: "P2",
    level: 1,
    kinds: DESTINATION,
    title: "a very long line is read in linear time, and one above the limit is refused with its stream",
    fix: "Gather the chunks of a line and join them once; heed --max-line-bytes with a protocol error.",
    defect: "joins everything again at each chunk",
    run: longLines,
  },
  {
    id: "P3",
    level: 1,
    kinds: DESTINATION,
    title: "a broken line ends the load, an unknown message passes through, and nothing is dropped in silence",
    fix: "Exit 13 for whatever looks like a message and is none; print messages of unknown types as they came.",
    defect: "drops lines that it does not understand",
    run: brokenLines,
  },
];

async function framing(trial: Trial): Promise<void> {
  const { connector } = await trial.subject.spec();
  await (connector.kind === "source" ? writtenLines : readLines)(trial);
}

async function writtenLines({ subject, problem }: Trial): Promise<void> {
  const { lines, stdout } = await fullRead(subject);
  for (const { flaw } of lines) if (flaw !== undefined) problem(flaw);
  if (!stdout.endsWith("\n")) problem("The last line does not end with 0x0A.");
  if (stdout.includes("\r\n")) problem("Lines end with CR and LF.");
  if (stdout.startsWith("\ufeff")) problem("It begins with a byte order mark.");
}

async function readLines(trial: Trial): Promise<void> {
  const { subject, random } = trial;
  const mode = await anyMode(subject);
  const texts = [
    "\u2028",
    "\u2029",
    "\u0085",
    "\u000b\u000c",
    "\u001c\u001d\u001e",
    "日本語",
    "🙂",
    "é",
    '"}}',
    "\\",
    "\r",
    " \t",
  ];
  const rows = texts.map((text, id) => ({ id, seq: id, sum: 0, text: `<${text}>` }));
  const feed = new Feed().catalog([numbered("framed", mode)]).started("framed");
  for (const row of rows) feed.record("framed", row, { version: 1 });
  const odd = (id: number) => ({ id, seq: id, sum: 0, text: "<odd>" });
  const data = (id: number) => JSON.stringify(odd(id));
  feed.recordLine(
    "framed",
    ` { "record" : {"data": ${data(100)}, "stream" : "framed", "version":1 } , "type":"record"} `,
  );
  feed.recordLine("framed", `{"type":"record","record":{"stream":"\\u0066ramed","version":1,"data":${data(101)}}}\r`);
  feed.recordLine(
    "framed",
    `{"type":"record","record":{"stream":"framed","version":1,"data":${data(102)},"unknown":"x"}}`,
  );
  feed.line("").line("  \t ");
  feed.state("framed").complete("framed");
  const bytes = Buffer.from(`\ufeff${feed.text}`.trimEnd());
  const all = [...rows, odd(100), odd(101), odd(102)];
  for (const most of [1 + random.below(7), 1000]) {
    const place = await subject.newPlace();
    await using writer = await place.writer();
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + random.below(most);
      await writer.write(bytes.subarray(at, end));
      // a turn for the pipe, so that the chunks stay apart
      await new Promise((resolve) => setImmediate(resolve));
      at = end;
    }
    writer.endStdin();
    expectGood(trial, await writer.ended(), "Of lines in odd forms and chunks");
    await expectRows(trial, place, { stream: "framed", rows: all, what: "Of lines in odd forms and chunks" });
  }
}

async function longLines(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const mode = await anyMode(subject);
  const place = await subject.newPlace();
  const long = { id: 1, seq: 1, sum: 0, text: "x".repeat(LONG_BYTES) };
  const feed = new Feed().catalog([numbered("long", mode)]).started("long");
  feed.record("long", long, { version: 1 }).state("long").complete("long");
  // the pipe cuts it into chunks of 64 KiB
  const ended = await place.write(feed);
  expectGood(trial, ended, `Of a line of ${LONG_BYTES / 1024 / 1024} MiB`);
  // it was read and told, where the store has no room for so much in one value
  const rows = payloads(ended.lines, "rejected").length === 1 ? [] : [long];
  await expectRows(trial, place, { stream: "long", rows, what: "Of a long line" });

  const limited = await subject.newPlace();
  const above = new Feed().catalog([numbered("long", mode)]).started("long");
  above
    .record("long", { id: 1, seq: 1, sum: 0, text: "x".repeat(3 * LIMIT_BYTES) }, { version: 1 })
    .state("long")
    .complete("long");
  const refused = await limited.write(above, ["--max-line-bytes", String(LIMIT_BYTES)]);
  expectCode(trial, refused, { codes: [13], what: "Of a line above --max-line-bytes" });
  const told =
    payloads(refused.lines, "error")
      .map(({ message }) => message)
      .join(" ") + refused.stderr;
  if (!told.includes("long")) problem("The error about a line above --max-line-bytes does not name its stream.");
}

/** Lines that look like messages and are none. */
const BROKEN: readonly [string, string | Buffer][] = [
  ["half an object", '{"type":"record","record":{"stream":"broken","data":{"id":2'],
  [
    "two objects",
    '{"type":"record","record":{"stream":"broken","data":{"id":2}}}{"type":"record","record":{"stream":"broken","data":{"id":3}}}',
  ],
  [
    "invalid UTF-8",
    Buffer.from('{"type":"record","record":{"stream":"broken","data":{"id":2,"text":"\xff"}}}', "latin1"),
  ],
  ["a record of an unknown stream", '{"type":"record","record":{"stream":"nobody","data":{"id":2}}}'],
  [
    "a record behind the end of its stream",
    '{"type":"stream_status","stream_status":{"stream":"broken","status":"complete","records":1}}\n{"type":"record","record":{"stream":"broken","data":{"id":2}}}',
  ],
  ["a record without data", '{"type":"record","record":{"stream":"broken"}}'],
  ["a state that is no state", '{"type":"state","state":{"seq":"two"}}'],
  ["an object without a type", '{"id":2,"text":"a record?"}'],
  ["an array of messages", '[{"type":"record","record":{"stream":"broken","data":{"id":2}}}]'],
  [
    "a state out of order",
    '{"type":"state","state":{"seq":9,"scope":"stream","stream":"broken","records":{"broken":1},"data":{}}}',
  ],
];

async function brokenLines(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const mode = await anyMode(subject);
  const row = { id: 1, seq: 1, sum: 0, text: "t" };
  const begun = () =>
    new Feed()
      .catalog([numbered("broken", mode)])
      .started("broken")
      .record("broken", row, { version: 1 })
      .state("broken");
  const tryOne = async ([what, line]: (typeof BROKEN)[number]) => {
    const place = await subject.newPlace();
    await using writer = await place.writer();
    const tail = '{"type":"state","state":{"seq":2,"scope":"stream","stream":"broken","data":{}}}\n';
    await writer.write(Buffer.concat([Buffer.from(begun().text), Buffer.from(line), Buffer.from(`\n${tail}`)]));
    writer.endStdin();
    const ended = await writer.ended();
    expectCode(trial, ended, { codes: [13], what: `Of ${what}` });
    if (echoes(ended.lines).some(({ seq }) => seq > 1)) problem(`It echoed a state behind ${what}.`);
    if (ended.code !== 0 && lastWords(ended) === "" && payloads(ended.lines, "error").length === 0)
      problem(`It failed without a word at ${what}.`);
  };
  const waiting = BROKEN.values();
  const work = async () => {
    for (const each of waiting) await tryOne(each);
  };
  await Promise.all([work(), work()]);

  const place = await subject.newPlace();
  const foreign = [
    '{"type":"x_news","x_news":{"a":1.10}}',
    '{"type":"log","log":{"level":"info","message":"hello","new":9007199254740993}}',
  ];
  const feed = begun().line("just some text");
  for (const line of foreign) feed.line(line);
  const passed = await place.write(feed.state("broken").complete("broken"));
  expectGood(trial, passed, "Of messages that it does not know");
  for (const line of foreign)
    if (!passed.lines.some(({ text }) => text === line)) problem(`It did not pass on ${line}.`);
  await expectRows(trial, place, { stream: "broken", rows: [row], what: "Of messages that it does not know" });
}
