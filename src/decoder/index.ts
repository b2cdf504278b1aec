/** The portable entry: bytes → table. Runs in Node, browsers and workers as it is. */
export { createDecoder, type Decoder, type EngineName } from "./decoder.js";
export * from "./errors.js";
export { compileFilter, type Expression, type Filter, FilterSyntaxError } from "./filter.js";
export {
  COLUMN_NAMES,
  type ColumnName,
  type Field,
  type FieldType,
  LAYOUT_NAMES,
  LAYOUTS,
  type Layout,
  type LayoutName,
} from "./layouts.js";
export { compileQuery, DEFAULT_ORDER, type Query, type QueryOptions, type SortKey } from "./query.js";
export { MIB_TCP_STATE, parseState, type StateName, stateName } from "./states.js";
export type { Columns, Selection, TcpRow, TcpTable } from "./table.js";
