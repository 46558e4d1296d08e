import { afterAll, expect, test } from "vitest";
import { startEmulator } from "../index.ts";

const emulator = await startEmulator();
afterAll(() => emulator.close());

async function ask(method: string, path: string, body?: object): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return { status: response.status, answer: await response.json() };
}

test("a test in any language acts as a person, without token and quota, and looks at everything", async () => {
  const id = emulator.createSpreadsheet();
  const requests = [{ addSheet: { properties: { title: "Notes", gridProperties: { rowCount: 2, columnCount: 1 } } } }];
  await ask("POST", `/_emulator/person/v4/spreadsheets/${id}:batchUpdate`, { requests });
  const path = `/_emulator/person/v4/spreadsheets/${id}/values/Notes!A1?valueInputOption=USER_ENTERED`;
  await ask("PUT", path, { values: [["mine"]] });
  const { answer } = await ask("GET", `/_emulator/spreadsheets/${id}`);
  expect(Object(answer).sheets[1]).toMatchObject({
    properties: { title: "Notes" },
    data: [{ rowData: [{ values: [{ userEnteredValue: { stringValue: "mine" } }] }] }],
  });
});

test("a spreadsheet is made under the id that a test wants, for those that it lets in", async () => {
  const { answer } = await ask("POST", "/_emulator/spreadsheets", { id: "mine", writers: ["ada@example.com"] });
  expect(answer).toEqual({ id: "mine" });
  expect(emulator.read("mine").sheets.map(({ properties }) => properties.title)).toEqual(["Sheet1"]);
});

test("faults, limits, rights and time are set by control requests, and requests are listed", async () => {
  const id = emulator.createSpreadsheet();
  await ask("POST", `/_emulator/spreadsheets/${id}/share`, { user: "ada@example.com", role: "reader" });
  await ask("POST", "/_emulator/limits", { tabs: 1 });
  const requests = [{ addSheet: {} }];
  const refused = await ask("POST", `/_emulator/person/v4/spreadsheets/${id}:batchUpdate`, { requests });
  expect(refused).toMatchObject({ status: 400, answer: { error: { message: expect.stringContaining("1 sheets") } } });
  await ask("POST", "/_emulator/faults", { path: "/token", status: 503, times: 1 });
  expect((await ask("POST", "/token", {})).status).toBe(503);
  expect((await ask("POST", "/token", {})).status).toBe(400);
  expect(Object((await ask("GET", "/_emulator/requests")).answer).requests).toHaveLength(2);
  const before = Object((await ask("POST", "/_emulator/clock", { advance_ms: 0 })).answer).now_ms;
  expect(Object((await ask("POST", "/_emulator/clock", { advance_ms: 90_000 })).answer).now_ms).toBeGreaterThanOrEqual(
    before + 90_000,
  );
  expect((await ask("POST", "/_emulator/tokens/expire")).status).toBe(200);
  expect((await ask("DELETE", "/_emulator/faults")).status).toBe(200);
  expect((await ask("DELETE", "/_emulator/requests")).status).toBe(200);
  const wrong = await ask("POST", "/_emulator/faults", { statu: 503 });
  expect(wrong).toMatchObject({ status: 400, answer: { error: { message: expect.stringContaining("README.md") } } });
});
