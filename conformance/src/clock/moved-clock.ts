import { writeFileSync } from "node:fs";

// Loaded into a program of Node before its own code: its clock is CLOCK_OFFSET seconds ahead, and CLOCK_SEEN tells that it is.
const offsetMs = Number(process.env["CLOCK_OFFSET"] ?? 0) * 1000;
const realNow = Date.now;
const now = () => realNow() + offsetMs;

globalThis.Date = new Proxy(Date, {
  construct: (date, parts, made) => Reflect.construct(date, parts.length === 0 ? [now()] : parts, made),
  apply: (date) => new date(now()).toString(),
  get: (date, name, receiver): unknown => (name === "now" ? now : Reflect.get(date, name, receiver)),
});
writeFileSync(process.env["CLOCK_SEEN"] ?? "/dev/null", "");
