import { randomBytes } from "node:crypto";
import { invalid } from "../api-error.ts";
import { applyFieldMask } from "../document/field-mask.ts";
import { applyRequests } from "../document/requests.ts";
import type { Spreadsheet, ValueRange } from "../document/spreadsheet.ts";
import { spreadsheetView } from "../document/view.ts";
import type { Drive } from "../drive.ts";
import type { QuotaKind } from "./quota.ts";

/** A request to the emulated API, its body parsed. `user` is undefined for a person at the spreadsheet itself. */
export type ApiCall = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  user: string | undefined;
};

type Route = {
  method: string;
  pattern: RegExp;
  kind: QuotaKind;
  run(call: ApiCall, drive: Drive, parameters: string[]): unknown;
};

const FILE = "/v4/spreadsheets/([^/:]+)";

const routes: Route[] = [
  {
    method: "POST",
    pattern: /^\/v4\/spreadsheets$/,
    kind: "write",
    run: ({ body, user }, drive) => spreadsheetView(create(drive, body, user), { includeGridData: false }),
  },
  {
    method: "GET",
    pattern: new RegExp(`^${FILE}$`),
    kind: "read",
    run: ({ query, user }, drive, [id]) =>
      spreadsheetView(drive.readable(id, user), { includeGridData: query.get("includeGridData") === "true" }),
  },
  {
    method: "POST",
    pattern: new RegExp(`^${FILE}:batchUpdate$`),
    kind: "write",
    run({ body, user }, drive, [id]) {
      const file = drive.writable(id, user);
      const replies = applyRequests(file, (body["requests"] ?? []) as Record<string, object>[]);
      return { spreadsheetId: file.spreadsheetId, replies };
    },
  },
  {
    method: "GET",
    pattern: new RegExp(`^${FILE}/values:batchGet$`),
    kind: "read",
    run({ query, user }, drive, [id]) {
      const file = drive.readable(id, user);
      assertRendering(query);
      return {
        spreadsheetId: file.spreadsheetId,
        valueRanges: query.getAll("ranges").map((range) => file.read(range, dimensionOf(query))),
      };
    },
  },
  {
    method: "GET",
    pattern: new RegExp(`^${FILE}/values/([^/]+)$`),
    kind: "read",
    run({ query, user }, drive, [id, range = ""]) {
      assertRendering(query);
      return drive.readable(id, user).read(range, dimensionOf(query));
    },
  },
  {
    method: "POST",
    pattern: new RegExp(`^${FILE}/values:batchUpdate$`),
    kind: "write",
    run({ body, user }, drive, [id]) {
      const data = (body["data"] ?? []) as ValueRange[];
      return writeAll(drive.writable(id, user), data, body["valueInputOption"]);
    },
  },
  {
    method: "PUT",
    pattern: new RegExp(`^${FILE}/values/([^/]+)$`),
    kind: "write",
    run({ body, query, user }, drive, [id, range = ""]) {
      const data = [{ range, values: (body["values"] ?? []) as unknown[][] }];
      return writeAll(drive.writable(id, user), data, query.get("valueInputOption"));
    },
  },
];

/** Yields what a request counts as, and what carries it out and yields the answer; undefined for a path that there is not. */
export function findRoute(call: ApiCall): { kind: QuotaKind; run(drive: Drive): unknown } | undefined {
  for (const { method, pattern, kind, run } of routes) {
    const match = method === call.method ? pattern.exec(call.path) : null;
    if (match === null) continue;
    const parameters = match.slice(1).map((text) => decodeURIComponent(text));
    return {
      kind,
      run: (drive) => applyFieldMask(run(call, drive, parameters), call.query.get("fields") ?? undefined),
    };
  }
  return undefined;
}

function create(drive: Drive, body: Record<string, unknown>, user: string | undefined): Spreadsheet {
  const { properties, sheets } = body as {
    properties?: { title?: string };
    sheets?: { properties?: object }[];
  };
  const file = drive.create(randomBytes(22).toString("base64url"), properties?.title ?? "Untitled spreadsheet", user);
  const fork = file.fork();
  for (const { properties: of = {} } of sheets ?? [{}]) fork.addSheet(of);
  file.adopt(fork);
  return file;
}

function writeAll(file: Spreadsheet, data: readonly ValueRange[], option: unknown): object {
  if (option !== "RAW" && option !== "USER_ENTERED") throw invalid("'valueInputOption' is required but not specified");
  const fork = file.fork();
  const responses = data.map((range) => {
    if (range.majorDimension === "COLUMNS") throw invalid("The emulator writes by rows only.");
    const updatedCells = fork.write(range, option === "USER_ENTERED");
    return { spreadsheetId: file.spreadsheetId, updatedRange: range.range, updatedCells };
  });
  file.adopt(fork);
  return { spreadsheetId: file.spreadsheetId, responses };
}

function dimensionOf(query: URLSearchParams): "ROWS" | "COLUMNS" {
  return query.get("majorDimension") === "COLUMNS" ? "COLUMNS" : "ROWS";
}

function assertRendering(query: URLSearchParams): void {
  const asked = query.get("valueRenderOption") ?? "FORMATTED_VALUE";
  if (asked === "FORMATTED_VALUE") throw invalid("The emulator does not format: ask for UNFORMATTED_VALUE.");
}
