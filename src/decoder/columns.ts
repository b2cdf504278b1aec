import { COLUMN_NAMES, type ColumnName, fieldOf, LAYOUTS, type LayoutName } from "./layouts.js";

/** The typed array of each column. */
export interface ColumnArrays {
  state: Uint8Array;
  localAddress: Uint32Array;
  localPort: Uint16Array;
  remoteAddress: Uint32Array;
  remotePort: Uint16Array;
  localScopeId: Uint32Array;
  remoteScopeId: Uint32Array;
  owningPid: Uint32Array;
  offloadState: Uint32Array;
  createTimestamp: BigUint64Array;
}

/** A table's columns, in the table's order. Views on the decoder's memory where it has some. */
export interface Columns {
  /** MIB_TCP_STATE numbers; 255 stands for 255 and above. */
  readonly state: Uint8Array;
  /** Host order. IPv4: a number a row, 10.0.0.1 is 0x0a000001. IPv6: four numbers a row, the highest first. */
  readonly localAddress: Uint32Array;
  /** Port numbers in host order. */
  readonly localPort: Uint16Array;
  /** Like localAddress. As the table holds it, also for listeners, where it has no meaning. */
  readonly remoteAddress: Uint32Array;
  /** As the table holds it, also for listeners, where it has no meaning. */
  readonly remotePort: Uint16Array;
  /** IPv6: the interface that a link-local address belongs to. */
  readonly localScopeId: Uint32Array | undefined;
  readonly remoteScopeId: Uint32Array | undefined;
  /** The process that owns the connection; 0 where nobody does (TIME_WAIT) or it can't be told. */
  readonly owningPid: Uint32Array | undefined;
  /** TCP_CONNECTION_OFFLOAD_STATE: InHost 0, Offloading 1, Offloaded 2, Uploading 3. */
  readonly offloadState: Uint32Array | undefined;
  /** FILETIME: 100 ns since 1601-01-01 UTC; 0 where the system does not tell. */
  readonly createTimestamp: BigUint64Array | undefined;
}

/** The columns that a layout has, in the order of COLUMN_NAMES. */
export function columnsOf(layout: LayoutName): ColumnName[] {
  return COLUMN_NAMES.filter((column) => fieldOf(layout, column) !== undefined);
}

/** Values of a column that make a row: four for an IPv6 address, else one. */
export function valuesPerRow(layout: LayoutName, column: ColumnName): number {
  return LAYOUTS[layout].family === 6 && (column === "localAddress" || column === "remoteAddress") ? 4 : 1;
}

/** A typed array of a column's own kind. */
export function newColumn<Name extends ColumnName>(column: Name, length: number): ColumnArrays[Name];
export function newColumn<Name extends ColumnName>(
  column: Name,
  length: number,
  buffer: ArrayBuffer,
  byteOffset: number,
): ColumnArrays[Name];
export function newColumn(column: ColumnName, length: number, buffer?: ArrayBuffer, byteOffset?: number) {
  const Kind = kindOf(column);
  return buffer ? new Kind(buffer, byteOffset, length) : new Kind(length);
}

function kindOf(column: ColumnName) {
  switch (column) {
    case "state":
      return Uint8Array;
    case "localPort":
    case "remotePort":
      return Uint16Array;
    case "createTimestamp":
      return BigUint64Array;
    default:
      return Uint32Array;
  }
}
