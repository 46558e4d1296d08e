export { columnType, columnTypeOf, type ColumnType } from "./column-type.ts";
export { propertiesOf } from "./properties.ts";
