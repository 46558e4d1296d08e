import { google } from "googleapis";
import { afterAll, beforeEach, expect, test } from "vitest";
import { startEmulator } from "./index.ts";

const emulator = await startEmulator();
const email = "robot@project.iam.gserviceaccount.com";
const key = emulator.serviceAccount(email);
const person = emulator.refreshToken("ada@example.com");
afterAll(() => emulator.close());

/** The official client, its own way: another root, and for the token endpoint another address. */
function asPerson() {
  const auth = new google.auth.OAuth2({
    clientId: person.client_id,
    clientSecret: person.client_secret,
    endpoints: { oauth2TokenUrl: `${emulator.url}/token` },
  });
  auth.setCredentials({ refresh_token: person.refresh_token });
  return google.sheets({ version: "v4", auth, rootUrl: `${emulator.url}/`, retry: false });
}

function asRobot(privateKey = key.private_key) {
  const auth = new google.auth.JWT({
    email,
    key: privateKey,
    scopes: ["https://www.googleapis.com/auth/spreadsheets"],
  });
  auth.transporter.interceptors.request.add({
    resolved: async (config) => {
      if (String(config.url) === "https://oauth2.googleapis.com/token") config.url = new URL(`${emulator.url}/token`);
      return config;
    },
  });
  return google.sheets({ version: "v4", auth, rootUrl: `${emulator.url}/`, retry: false });
}

let id = "";
beforeEach(() => {
  id = emulator.createSpreadsheet({ writers: [email, "ada@example.com"] });
  emulator.clearFaults();
});

/** Resolves to the status and sentence of a refusal. */
async function refusal(work: Promise<unknown>): Promise<{ status: unknown; message: string }> {
  const error = await work.then(
    () => expect.fail("It was allowed."),
    (caught: unknown) => caught as { status?: unknown; message: string },
  );
  return { status: error.status, message: error.message };
}

test.each([
  ["a person's refresh token", asPerson],
  ["the key of a service account", asRobot],
])("with %s the official client writes values and reads them back", async (_, client) => {
  const { spreadsheets } = client();
  const data = [
    {
      range: "'Sheet1'!B2:E3",
      values: [
        ["=1+1", 1.5, true, null],
        ["", "x"],
      ],
    },
  ];
  await spreadsheets.values.batchUpdate({
    spreadsheetId: id,
    requestBody: { valueInputOption: "RAW", data },
  });
  const { data: read } = await spreadsheets.values.batchGet({
    spreadsheetId: id,
    ranges: ["Sheet1!A1:E3", "Sheet1!C:C"],
    valueRenderOption: "UNFORMATTED_VALUE",
  });
  expect(read.valueRanges?.[0]?.values).toEqual([[], ["", "=1+1", 1.5, true], ["", "", "x"]]);
  expect(read.valueRanges?.[1]?.values).toEqual([[], [1.5], ["x"]]);
});

test("a spreadsheet is created, changed by requests of which all or none are done, and shown by the fields asked for", async () => {
  const { spreadsheets } = asPerson();
  const { data: created } = await spreadsheets.create({ requestBody: { properties: { title: "Made" } } });
  const spreadsheetId = created.spreadsheetId ?? "";
  const addSheet = {
    addSheet: { properties: { sheetId: 7, title: "Log", gridProperties: { rowCount: 5, columnCount: 2 } } },
  };
  const update = (requests: object[]) => spreadsheets.batchUpdate({ spreadsheetId, requestBody: { requests } });
  await expect(update([addSheet, { deleteSheet: { sheetId: 99 } }])).rejects.toThrow("No grid with id: 99");
  const shown = async () =>
    (await spreadsheets.get({ spreadsheetId, fields: "properties.title,sheets.properties(sheetId,title)" })).data;
  expect(await shown()).toEqual({
    properties: { title: "Made" },
    sheets: [{ properties: { sheetId: 0, title: "Sheet1" } }],
  });
  await update([addSheet]);
  expect((await shown()).sheets?.map(({ properties }) => properties?.title)).toEqual(["Sheet1", "Log"]);
});

test("what Google limits is refused as Google words it", async () => {
  const { spreadsheets } = asPerson();
  const write = (range: string, values: unknown[][]) =>
    refusal(
      spreadsheets.values.batchUpdate({
        spreadsheetId: id,
        requestBody: { valueInputOption: "RAW", data: [{ range, values }] },
      }),
    );
  const change = (request: object) =>
    refusal(spreadsheets.batchUpdate({ spreadsheetId: id, requestBody: { requests: [request] } }));
  const grid = (rowCount: number, columnCount: number) =>
    change({ addSheet: { properties: { title: "Big", gridProperties: { rowCount, columnCount } } } });
  expect(await write("Sheet1!A1", [["x".repeat(50_001)]])).toMatchObject({
    status: 400,
    message: expect.stringContaining("maximum of 50000 characters"),
  });
  expect(await write("Sheet1!A1001", [["x"]])).toMatchObject({
    status: 400,
    message: expect.stringContaining("exceeds grid limits. Max rows: 1000, max columns: 26"),
  });
  expect(await write("Sheet1!A1:B1", [["x", "y", "z"]])).toMatchObject({
    status: 400,
    message: expect.stringContaining("tried writing outside"),
  });
  expect((await write("Nowhere!A1", [["x"]])).message).toBe("Unable to parse range: Nowhere!A1");
  expect((await write("Sheet1!A1", [["x".repeat(11_000_000)]])).message).toContain("payload size exceeds the limit");
  expect((await grid(1_000_000, 10)).message).toContain("above the limit of 10000000 cells");
  expect((await grid(1, 18_279)).message).toContain("18278 columns");
  expect((await change({ addSheet: { properties: { title: "sheet1" } } })).message).toContain("already exists");
  expect(emulator.values(id, "Sheet1!A1:Z1000")).toEqual([]);
});

test("a user has sixty reads and sixty writes in any minute, whenever it begins", async () => {
  const start = Date.parse("2026-11-22T00:00:00Z");
  await using own = await startEmulator({ now: start, limits: { readsPerMinutePerUser: 3 } });
  const spreadsheetId = own.createSpreadsheet({ writers: ["ada@example.com"] });
  const token = own.refreshToken();
  const auth = new google.auth.OAuth2({
    clientId: token.client_id,
    clientSecret: token.client_secret,
    endpoints: { oauth2TokenUrl: `${own.url}/token` },
  });
  auth.setCredentials({ refresh_token: token.refresh_token });
  const { spreadsheets } = google.sheets({ version: "v4", auth, rootUrl: `${own.url}/`, retry: false });
  const read = () => spreadsheets.get({ spreadsheetId });
  await read();
  own.advanceClock(40_000);
  await read();
  await read();
  expect(await refusal(read())).toMatchObject({ status: 429, message: expect.stringContaining("Read requests") });
  own.advanceClock(20_000);
  await read();
  expect((await refusal(read())).status).toBe(429);
});

test("who may not read or write is told so, and a token that has expired is renewed by the client", async () => {
  const { spreadsheets } = asPerson();
  const foreign = emulator.createSpreadsheet();
  expect((await refusal(spreadsheets.get({ spreadsheetId: foreign }))).status).toBe(403);
  emulator.share(foreign, "ada@example.com", "reader");
  await spreadsheets.get({ spreadsheetId: foreign });
  const requestBody = { valueInputOption: "RAW", data: [{ range: "A1", values: [["x"]] }] };
  expect((await refusal(spreadsheets.values.batchUpdate({ spreadsheetId: foreign, requestBody }))).status).toBe(403);
  expect((await refusal(spreadsheets.get({ spreadsheetId: "none" }))).status).toBe(404);
  emulator.expireTokens();
  expect((await refusal(spreadsheets.get({ spreadsheetId: id }))).status).toBe(401);
  await asPerson().spreadsheets.get({ spreadsheetId: id });
  const other = emulator.serviceAccount("other@project.iam.gserviceaccount.com");
  expect((await refusal(asRobot(other.private_key).spreadsheets.get({ spreadsheetId: id }))).message).toContain(
    "Invalid JWT Signature",
  );
});

test("a fault strikes before or after a request is carried out", async () => {
  const { spreadsheets } = asPerson();
  const write = (value: string) =>
    spreadsheets.values.batchUpdate({
      spreadsheetId: id,
      requestBody: { valueInputOption: "RAW", data: [{ range: "Sheet1!A1", values: [[value]] }] },
    });
  emulator.addFault({ path: "values:batchUpdate", times: 1, status: 503, retryAfterSeconds: 2 });
  expect((await refusal(write("lost"))).status).toBe(503);
  expect(emulator.values(id, "Sheet1!A1")).toEqual([]);
  emulator.addFault({ path: "values:batchUpdate", times: 1, when: "after", reset: true });
  await expect(write("kept")).rejects.toThrow(/socket hang up|ECONNRESET|fetch failed|closed|reset/i);
  expect(emulator.values(id, "Sheet1!A1")).toEqual([["kept"]]);
});

test("a person's columns, rows, names and formats move with what they stand beside", () => {
  emulator.type(id, "Sheet1!A1:B3", [
    ["id", "n"],
    ["b", "2"],
    ["a", "=1+1"],
  ]);
  emulator.act(id, [
    {
      repeatCell: { range: { endColumnIndex: 1 }, cell: { userEnteredFormat: { a: 1 } }, fields: "userEnteredFormat" },
    },
    { insertDimension: { range: { dimension: "COLUMNS", startIndex: 0, endIndex: 1 } } },
    { sortRange: { range: { startRowIndex: 1, endRowIndex: 3 }, sortSpecs: [{ dimensionIndex: 1 }] } },
    { updateSheetProperties: { properties: { title: "Mine" }, fields: "title" } },
  ]);
  expect(emulator.values(id, "Mine!A1:C3")).toEqual([
    ["", "id", "n"],
    ["", "a", "=1+1"],
    ["", "b", 2],
  ]);
  const [row] = emulator.read(id).sheets[0]?.data?.[0]?.rowData ?? [];
  expect(row?.values.slice(0, 3)).toEqual([
    {},
    { userEnteredValue: { stringValue: "id" }, userEnteredFormat: { a: 1 } },
    { userEnteredValue: { stringValue: "n" } },
  ]);
});
