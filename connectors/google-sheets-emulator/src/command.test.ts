import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const BIN = fileURLToPath(new URL("bin.ts", import.meta.url));

function start(...args: string[]) {
  return execa(process.execPath, ["--conditions=@sluice/source", BIN, ...args], { reject: false });
}

test("prints what the destination needs, serves, and exits 0 on SIGTERM", async () => {
  const emulator = start("--port", "0");
  const settings = new Map<string, string>();
  for await (const line of createInterface(emulator.stdout)) {
    const [name = "", value = ""] = line.split("=", 2);
    settings.set(name, value);
    if (settings.size === 5) break;
  }
  expect([...settings.keys()]).toEqual(
    ["BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "SPREADSHEET_ID"].map(
      (name) => `DESTINATION_GOOGLE_SHEETS_${name}`,
    ),
  );
  const id = settings.get("DESTINATION_GOOGLE_SHEETS_SPREADSHEET_ID");
  const answer = await fetch(`${settings.get("DESTINATION_GOOGLE_SHEETS_BASE_URL")}/_emulator/spreadsheets/${id}`);
  expect(Object(await answer.json()).spreadsheetId).toBe(id);
  emulator.kill("SIGTERM");
  expect(await emulator).toMatchObject({ exitCode: 0, stderr: "" });
});

test.each([
  [["--port", "100000"], "Give a whole number from 0 to 65535"],
  [["--prot", "1"], "unknown option '--prot'"],
])("%j is refused in one sentence with exit code 2", async (args, words) => {
  const { exitCode, stderr } = await start(...args);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^google-sheets-emulator: /);
  expect(stderr).toContain(words);
});
