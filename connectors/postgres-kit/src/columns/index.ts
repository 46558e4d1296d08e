export { columnType, columnTypeOf, timeOf, type ColumnType } from "./column-type.ts";
export { propertiesOf } from "./properties.ts";
