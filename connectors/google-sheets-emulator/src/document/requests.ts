import { randomUUID } from "node:crypto";
import { invalid } from "../api-error.ts";
import { extendedValue, type Cell, type ExtendedValue } from "./cell.ts";
import { tooManyColumns, type SheetProperties } from "./sheet.ts";
import type { GridRange, NamedRange, Spreadsheet } from "./spreadsheet.ts";

type CellData = { userEnteredValue?: ExtendedValue; userEnteredFormat?: Record<string, unknown> };
type DimensionRange = { sheetId?: number; dimension?: string; startIndex?: number; endIndex?: number };
type Bodies = {
  addSheet: { properties?: Partial<SheetProperties> };
  deleteSheet: { sheetId?: number };
  updateSheetProperties: { properties?: Partial<SheetProperties>; fields?: string };
  updateSpreadsheetProperties: { properties?: { title?: string }; fields?: string };
  appendDimension: { sheetId?: number; dimension?: string; length?: number };
  insertDimension: { range?: DimensionRange };
  deleteDimension: { range?: DimensionRange };
  updateDimensionProperties: { range?: DimensionRange; properties?: { hiddenByUser?: boolean }; fields?: string };
  updateCells: {
    rows?: { values?: CellData[] }[];
    fields?: string;
    start?: { sheetId?: number; rowIndex?: number; columnIndex?: number };
    range?: GridRange;
  };
  repeatCell: { range?: GridRange; cell?: CellData; fields?: string };
  copyPaste: { source?: GridRange; destination?: GridRange; pasteType?: string };
  sortRange: { range?: GridRange; sortSpecs?: { dimensionIndex?: number; sortOrder?: string }[] };
  findReplace: { find?: string; replacement?: string; allSheets?: boolean };
  addNamedRange: { namedRange?: Partial<NamedRange> };
  deleteNamedRange: { namedRangeId?: string };
  updateNamedRange: { namedRange?: Partial<NamedRange>; fields?: string };
};
type Handlers = { [Kind in keyof Bodies]: (file: Spreadsheet, body: Bodies[Kind]) => object };

const FORMAT_FIELD = /^userEnteredFormat(\.|$)/;

const handlers: Handlers = {
  addSheet: (file, { properties = {} }) => ({ properties: file.addSheet(properties).properties }),
  deleteSheet(file, { sheetId }) {
    file.removeSheet(sheetId ?? 0);
    return {};
  },
  updateSheetProperties(file, { properties = {}, fields }) {
    const sheet = file.byId(properties.sheetId);
    const own = sheet.properties;
    for (const field of fieldList(fields)) {
      const grid = properties.gridProperties;
      if (field === "title") {
        if (properties.title?.toLowerCase() !== own.title.toLowerCase()) file.assertFreeTitle(properties.title ?? "");
        own.title = properties.title ?? "";
      } else if (field === "hidden") own.hidden = properties.hidden === true;
      else if (field === "gridProperties.rowCount")
        sheet.resize(grid?.rowCount ?? 0, own.gridProperties.columnCount, file.limits);
      else if (field === "gridProperties.columnCount")
        sheet.resize(own.gridProperties.rowCount, grid?.columnCount ?? 0, file.limits);
      else if (field === "gridProperties.frozenRowCount") own.gridProperties.frozenRowCount = grid?.frozenRowCount ?? 0;
      else throw unknownField(field);
    }
    return {};
  },
  updateSpreadsheetProperties(file, { properties = {}, fields }) {
    for (const field of fieldList(fields)) {
      if (field !== "title") throw unknownField(field);
      file.title = properties.title ?? "";
    }
    return {};
  },
  appendDimension(file, { sheetId, dimension, length = 0 }) {
    const sheet = file.byId(sheetId);
    const { rowCount, columnCount } = sheet.properties.gridProperties;
    if (length < 1) throw invalid("appendDimension.length must be positive.");
    if (dimensionOf(dimension) === "ROWS") sheet.resize(rowCount + length, columnCount, file.limits);
    else sheet.resize(rowCount, columnCount + length, file.limits);
    return {};
  },
  insertDimension(file, { range = {} }) {
    const sheet = file.byId(range.sheetId);
    const { startIndex = 0, endIndex = 0 } = range;
    const dimension = dimensionOf(range.dimension);
    const added = dimension === "COLUMNS" ? endIndex - startIndex : 0;
    if (sheet.properties.gridProperties.columnCount + added > file.limits.columns) throw tooManyColumns(file.limits);
    sheet.insert(dimension, startIndex, endIndex - startIndex);
    return {};
  },
  deleteDimension(file, { range = {} }) {
    const { startIndex = 0, endIndex = 0 } = range;
    file.byId(range.sheetId).remove(dimensionOf(range.dimension), startIndex, endIndex - startIndex);
    return {};
  },
  updateDimensionProperties(file, { range = {}, properties = {}, fields }) {
    const sheet = file.byId(range.sheetId);
    if (fields !== "hiddenByUser" || dimensionOf(range.dimension) !== "COLUMNS") throw unknownField(fields ?? "");
    for (let column = range.startIndex ?? 0; column < (range.endIndex ?? 0); column += 1) {
      if (properties.hiddenByUser === true) sheet.hiddenColumns.add(column);
      else sheet.hiddenColumns.delete(column);
    }
    return {};
  },
  updateCells(file, { rows = [], fields, start, range }) {
    const [firstRow, firstColumn] = [start?.rowIndex ?? 0, start?.columnIndex ?? 0];
    const width = Math.max(1, ...rows.map(({ values = [] }) => values.length));
    const target = range ?? {
      sheetId: start?.sheetId ?? 0,
      startRowIndex: firstRow,
      endRowIndex: firstRow + Math.max(1, rows.length),
      startColumnIndex: firstColumn,
      endColumnIndex: firstColumn + width,
    };
    const { sheet, rectangle } = file.gridRange(target);
    for (let row = rectangle.startRow; row < rectangle.endRow; row += 1) {
      const values = rows[row - rectangle.startRow]?.values ?? [];
      const length = range === undefined ? values.length : rectangle.endColumn - rectangle.startColumn;
      const changes = Array.from({ length }, (_, index) => cellChange(file, values[index] ?? {}, fields));
      sheet.change(row, rectangle.startColumn, changes);
    }
    return {};
  },
  repeatCell(file, { range = {}, cell = {}, fields }) {
    const { sheet, rectangle } = file.gridRange(range);
    const change = cellChange(file, cell, fields);
    const changes = Array.from({ length: rectangle.endColumn - rectangle.startColumn }, () => change);
    for (let row = rectangle.startRow; row < rectangle.endRow; row += 1)
      sheet.change(row, rectangle.startColumn, changes);
    return {};
  },
  copyPaste(file, { source = {}, destination = {}, pasteType }) {
    if (pasteType !== "PASTE_VALUES") throw invalid("The emulator pastes values only: PASTE_VALUES.");
    const from = file.gridRange(source);
    const to = file.gridRange(destination);
    const rows = from.rectangle.endRow - from.rectangle.startRow;
    const columns = from.rectangle.endColumn - from.rectangle.startColumn;
    for (let row = 0; row < rows; row += 1) {
      const changes = Array.from({ length: columns }, (_, column) => {
        const cell = from.sheet.at(from.rectangle.startRow + row, from.rectangle.startColumn + column);
        return ({ format }: Cell) => ({ value: cell?.value, format });
      });
      to.sheet.change(to.rectangle.startRow + row, to.rectangle.startColumn, changes);
    }
    return {};
  },
  sortRange(file, { range = {}, sortSpecs = [] }) {
    const { sheet, rectangle } = file.gridRange(range);
    const [spec] = sortSpecs;
    sheet.sort(rectangle, spec?.dimensionIndex ?? 0, spec?.sortOrder === "DESCENDING");
    return {};
  },
  findReplace(file, { find = "", allSheets }) {
    if (find === "" || allSheets !== true) throw invalid("The emulator finds a text in all sheets only.");
    const isFound = file.sheets.some((sheet) => JSON.stringify(sheet.values(sheet.clip(WHOLE, ""))).includes(find));
    if (isFound) throw invalid("The emulator finds, and does not replace.");
    return {};
  },
  addNamedRange(file, { namedRange = {} }) {
    const { name = "", range = {}, namedRangeId = randomUUID() } = namedRange;
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,249}$/.test(name) || /^[A-Za-z]{1,3}\d+$/.test(name))
      throw invalid(`Invalid name for the named range: ${name}`);
    if (file.namedRanges.some((each) => each.name === name || each.namedRangeId === namedRangeId))
      throw invalid(`A named range with the name ${name} already exists.`);
    file.gridRange(range);
    file.namedRanges.push({ namedRangeId, name, range });
    return { namedRange: { namedRangeId, name, range } };
  },
  deleteNamedRange(file, { namedRangeId }) {
    assertNamedRange(file, namedRangeId);
    file.namedRanges = file.namedRanges.filter((each) => each.namedRangeId !== namedRangeId);
    return {};
  },
  updateNamedRange(file, { namedRange = {}, fields }) {
    assertNamedRange(file, namedRange.namedRangeId);
    if (fields !== "name") throw unknownField(fields ?? "");
    file.namedRanges = file.namedRanges.map((each) =>
      each.namedRangeId === namedRange.namedRangeId ? { ...each, name: namedRange.name ?? each.name } : each,
    );
    return {};
  },
};

const WHOLE = { startRow: 0, endRow: undefined, startColumn: 0, endColumn: undefined };

/** Carries out the requests of a `batchUpdate`, all or none, and yields a reply for each; throws the API's refusal. */
export function applyRequests(file: Spreadsheet, requests: readonly Record<string, object>[]): object[] {
  if (requests.length === 0) throw invalid("Must specify at least one request.");
  const fork = file.fork();
  const replies = requests.map((request, index) => {
    const [kind = "", body = {}] = Object.entries(request)[0] ?? [];
    const handler = Object.entries(handlers).find(([name]) => name === kind)?.[1] as
      ((file: Spreadsheet, body: object) => object) | undefined;
    if (handler === undefined) throw invalid(`Invalid requests[${index}]: the emulator does not know "${kind}".`);
    try {
      const reply = handler(fork, body);
      return Object.keys(reply).length === 0 ? {} : { [kind]: reply };
    } catch (error) {
      throw error instanceof Error ? invalid(`Invalid requests[${index}].${kind}: ${error.message}`) : error;
    }
  });
  file.adopt(fork);
  return replies;
}

function cellChange(file: Spreadsheet, { userEnteredValue, userEnteredFormat }: CellData, fields: string | undefined) {
  const names = fieldList(fields);
  const isValue = names.some((name) => name === "userEnteredValue" || name === "*");
  const formats = names.filter((name) => FORMAT_FIELD.test(name) || name === "*");
  const entered = extendedValue(userEnteredValue);
  if (isValue) file.assertLength(entered.value);
  return (cell: Cell): Cell => ({
    ...(isValue ? entered : { value: cell.value, isFormula: cell.isFormula }),
    format: formats.reduce<Cell["format"]>((format, name) => {
      const part = name.split(".")[1];
      if (part === undefined) return userEnteredFormat;
      return { ...format, [part]: userEnteredFormat?.[part] };
    }, cell.format),
  });
}

function assertNamedRange(file: Spreadsheet, id: string | undefined): void {
  if (!file.namedRanges.some(({ namedRangeId }) => namedRangeId === id))
    throw invalid(`No named range with id: ${id ?? ""}`);
}

function dimensionOf(dimension: string | undefined): "ROWS" | "COLUMNS" {
  if (dimension === "ROWS" || dimension === "COLUMNS") return dimension;
  throw invalid("A dimension must be ROWS or COLUMNS.");
}

/** A mask with brackets, as in userEnteredFormat(numberFormat), is not needed here. */
function fieldList(fields: string | undefined): string[] {
  if (fields === undefined || fields === "") throw invalid("At least one field must be listed in 'fields'.");
  return fields.split(",").map((field) => field.trim());
}

function unknownField(field: string) {
  return invalid(`The emulator does not change the field "${field}".`);
}
