import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { load } from "./fixtures/in-process.ts";
import { configured, recordLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const properties = {
  id: { type: "string" },
  value: {},
  at: { type: "integer", format: "unix-time" },
  when: { type: ["string", "null"], format: "date-time" },
};

/** Resolves to the cells of one property of records, in their order. */
async function cellsOf(property: keyof typeof properties, tokens: readonly string[]): Promise<unknown[]> {
  const { config, table } = addSpreadsheet(emulator);
  const lines = tokens.map((token, index) => recordLine("values", `{"id":"${index}","${property}":${token}}`));
  await load({ config, streams: [configured("values", { properties })] }, lines);
  const [header = [], ...rows] = table("values");
  return rows.map((row) => row[header.indexOf(property)] ?? "");
}

test("what a person could take for a formula, a number or a date is the text that it is", async () => {
  const texts = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted",
    "007",
    "1e3",
    "TRUE",
    "2026-01-01",
    " padded ",
    "a\nb\tc",
    "\u2028",
  ];
  expect(
    await cellsOf(
      "value",
      texts.map((text) => JSON.stringify(text)),
    ),
  ).toEqual(texts);
});

test("objects and arrays are their JSON token by token; null and the empty text are empty cells", async () => {
  const tokens = [
    '{"a":1.10,"b":[9007199254740993]}',
    "[]",
    "null",
    '""',
    "true",
    "1.10",
    "9007199254740993",
    "1e400",
    "-0",
  ];
  expect(await cellsOf("value", tokens)).toEqual([
    '{"a":1.10,"b":[9007199254740993]}',
    "[]",
    "",
    "",
    true,
    1.1,
    "9007199254740993",
    "1e400",
    0,
  ]);
});

test("times are serial numbers under a format, and what is none stays as it is", async () => {
  expect(await cellsOf("at", ["0", "1795348800", "-9999999999", "1.5", '"soon"', "null"])).toEqual([
    25_569,
    46_348.5,
    "-9999999999",
    "1.5",
    "soon",
    "",
  ]);
  expect(await cellsOf("when", ['"2026-11-22T12:00:00Z"', '"2026-02-30T00:00:00Z"'])).toEqual([
    46_348.5,
    "2026-02-30T00:00:00Z",
  ]);
  const { config, id } = addSpreadsheet(emulator);
  await load({ config, streams: [configured("values", { properties })] }, [recordLine("values", { id: "1", at: 5 })]);
  const sheet = emulator.read(id).sheets.find(({ properties: of }) => of.title === "values");
  const formats = sheet?.data?.[0]?.rowData[1]?.values.map(
    ({ userEnteredFormat }) => Object(userEnteredFormat).numberFormat,
  );
  const format = { type: "DATE_TIME", pattern: "yyyy-mm-dd hh:mm:ss" };
  expect(formats).toEqual([undefined, undefined, undefined, format, format]);
});

test("a text that no cell can hold is cut where that is said, what no cell can store is replaced, and both are counted", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const long = `${"x".repeat(49_970)}${"😀".repeat(100)}`;
  await load({ config, streams: [configured("values", { properties })] }, [
    recordLine("values", { id: "1", value: long }),
    recordLine("values", { id: "2", value: [long] }),
    recordLine("values", '{"id":"3","value":"a\\u0000b\\ud83d"}'),
    recordLine("values", { id: "4", value: "y".repeat(50_000) }),
  ]);
  const cells = table("values")
    .slice(1)
    .map(([, value]) => String(value));
  expect(cells.map((text) => [text.length <= 50_000, text.slice(-30)])).toEqual([
    [true, expect.stringMatching(/\[cut, of 50170 characters\]$/)],
    [true, expect.stringMatching(/\[cut, of 50174 characters\]$/)],
    [true, "a\uFFFDb\uFFFD"],
    [true, "y".repeat(30)],
  ]);
  for (const text of cells) expect(text.isWellFormed()).toBe(true);
  expect(table("Sluice")[1]?.[5]).toBe(3);
});

test.each(["merge", "append"])(
  "records with a value that no cell can hold are rejected in %s on request, and others are kept",
  async (mode) => {
    const { config, table } = addSpreadsheet(emulator);
    const texts = ["fits", "x".repeat(50_001), "a\u0000", "\ud800", "fits, too"];
    const lines = texts.map((value, index) => recordLine("values", { id: `k${index}`, value }));
    const streams = [configured("values", { properties, mode })];
    const { rejected } = await load({ config: { ...config, on_unfit: "reject" }, streams }, lines);
    expect(rejected.map(({ key }) => key)).toEqual(["k1", "k2", "k3"]);
    expect(rejected[0]?.reason).toContain("no cell can hold");
    expect(table("values").map((row) => row.slice(0, 2))).toEqual([
      ["id", "value"],
      ["k0", "fits"],
      ["k4", "fits, too"],
    ]);
  },
);

test("a row that is larger than a request is written in several", async () => {
  const { config, table, emulator: own } = addSpreadsheet(emulator);
  const wide = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, `${index}`.repeat(2000)]));
  own.clearRequests();
  const settings = { ...config, max_batch_bytes: 5000 };
  await load({ config: settings, streams: [configured("wide", { properties: {} })] }, [
    recordLine("wide", { id: "a", ...wide }),
  ]);
  expect(table("wide")[1]).toEqual(["a", ...Object.values(wide)]);
  const writes = own.requests().filter(({ path }) => path.endsWith("values:batchUpdate"));
  expect(Math.max(...writes.map(({ bytes }) => bytes))).toBeLessThan(6000);
});

test("a sheet that is read back equals the records, whatever is in them", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", "")),
    fc.string({ unit: fc.constantFrom("=", "+", "-", "@", "'", '"', "1", "e", ".", ",", " ", "\n", "\\") }),
  );
  const token = fc.oneof(
    text.map((value) => JSON.stringify(value)),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
    fc.bigInt().map(String),
    fc.boolean().map(String),
    fc.constant("null"),
    fc.jsonValue().map((value) => JSON.stringify([value])),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(token, { minLength: 1, maxLength: 150 }), async (tokens) => {
      const cells = await cellsOf("value", tokens);
      for (const [index, each] of tokens.entries()) expect(readBack(cells[index] ?? "")).toEqual(asRead(each));
    }),
    { numRuns: 10 },
  );
});

/** What a cell stands for: numbers by their exact value, whether they are shown as numbers or as texts. */
function readBack(cell: unknown): unknown {
  return typeof cell === "number" ? exact(String(cell)) : cell;
}

function asRead(token: string): unknown {
  if (token === "null") return "";
  if (token.startsWith('"') || token === "true" || token === "false") return JSON.parse(token);
  if (token.startsWith("[")) return token;
  const digits = exact(token)?.replace(/e.*/, "").replace("-", "").length ?? 0;
  return digits <= 15 && Math.abs(Number(token)) < 2 ** 53 ? exact(token) : token;
}

/** Yields a decimal number as its digits without zeros at the ends and a power of ten. */
function exact(token: string): string | undefined {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  if (digits === "") return "0";
  return `${sign}${digits}e${Number(power) - fraction.length + (all.length - digits.length)}`;
}
