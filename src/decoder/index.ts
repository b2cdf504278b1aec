/** The portable entry: bytes → table. Runs in Node, browsers and workers as it is. */

export { FilterSyntaxError } from "../filter/errors.js";
export type { Expression } from "../filter/expression.js";
export { compileFilter, type Filter, type FilterOptions } from "../filter/filter.js";
export type { NameResolver } from "../filter/names.js";
export type { AbortSignalLike } from "../format/abort.js";
export { formatIPv4, formatIPv6, type IPv6, parseIPv4, parseIPv6 } from "../format/address.js";
export {
  COLUMN_NAMES,
  COLUMNS,
  type Column,
  type ColumnKind,
  type ColumnName,
  type ColumnRole,
  type Columns,
} from "../format/columns.js";
export * from "../format/errors.js";
export { type Bytes, detectLayout } from "../format/header.js";
export { type Family, type Field, LAYOUT_NAMES, LAYOUTS, type Layout, type LayoutName } from "../format/layouts.js";
export { MIB_TCP_STATE, type OffloadStateName, parseState, type StateName, stateName } from "../format/states.js";
export { filetimeToDate } from "../format/times.js";
export type { Decoder } from "./contract.js";
export { createDecoder, type DecoderOptions } from "./decoder.js";
export * from "./errors.js";
export {
  compileQuery,
  DEFAULT_ORDER,
  DEFAULT_ORDER_IPV6,
  type Query,
  type QueryOptions,
  type SortKey,
} from "./query.js";
export type { EngineName } from "./table/engine.js";
export type { TcpRow } from "./table/row.js";
export { rowKey } from "./table/row-key.js";
export type { Selection, TcpTable } from "./table/table.js";
