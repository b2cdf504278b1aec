/** The portable entry: bytes → table. Runs in Node, browsers and workers as it is. */

export type { Columns } from "./columns.js";
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
export {
  compileQuery,
  DEFAULT_ORDER,
  DEFAULT_ORDER_IPV6,
  type Query,
  type QueryOptions,
  type SortKey,
} from "./query.js";
export type { TcpRow } from "./row.js";
export type { Selection } from "./selection.js";
export { MIB_TCP_STATE, type OffloadStateName, parseState, type StateName, stateName } from "./states.js";
export type { TcpTable } from "./table.js";
export { filetimeToDate } from "./times.js";
