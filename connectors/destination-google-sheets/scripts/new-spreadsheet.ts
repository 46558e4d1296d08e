import { readFileSync } from "node:fs";

// Makes the spreadsheet that the configuration in the file $CONFIG names, at the emulator that it leads to.
const config = JSON.parse(readFileSync(process.env["CONFIG"] ?? "", "utf8")) as Record<string, string>;
const body = JSON.stringify({ id: config["spreadsheet_id"], writers: [process.env["EMULATOR_USER"]] });
const response = await fetch(`${process.env["EMULATOR_URL"]}/_emulator/spreadsheets`, { method: "POST", body });
if (!response.ok) throw new Error(await response.text());
