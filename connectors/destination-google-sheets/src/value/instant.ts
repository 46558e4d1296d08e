const DAY_MS = 86_400_000;
/** Days from the beginning of a spreadsheet's calendar, 1899-12-30, to 1970. */
const EPOCH_DAYS = 25_569;
/** The day behind 9999-12-31. */
const LAST_DAY = 2_958_466;

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:?\d{2})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Yields the serial number of an instant in UTC, in days; undefined outside of a spreadsheet's calendar. */
export function serialOfMs(milliseconds: number): number | undefined {
  const days = milliseconds / DAY_MS + EPOCH_DAYS;
  return days >= 0 && days < LAST_DAY ? days : undefined;
}

/** Yields the serial number of an ISO 8601 instant or date; without an offset it is UTC. Undefined for anything else. */
export function serialOfText(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  const [, date = "", time = "00:00:00", fraction = "", offset = "Z"] = match ?? (DATE.test(text) ? ["", text] : []);
  if (date === "") return undefined;
  const day = Date.parse(`${date}T00:00:00Z`);
  const ms = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${offset.toUpperCase()}`);
  // a day that does not exist rolls over into the next month
  if (Number.isNaN(ms) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  return serialOfMs(ms);
}
