import { formatIPv4, formatIPv6 } from "../../format/address.js";
import { COLUMNS, type ColumnKind, type ColumnName, type CommonColumn } from "../../format/columns.js";
import { exactState } from "../../format/header.js";
import { columnsOf, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import {
  hasRemoteEnd,
  type OffloadStateName,
  offloadStateName,
  type StateName,
  stateName,
} from "../../format/states.js";
import { filetimeToDate } from "../../format/times.js";
import type { Engine } from "./engine.js";
import { ownersOf } from "./shared-owners.js";

/** What a printed row has of each kind of column. */
interface RowValues {
  /** RFC 9293's name, or `UNKNOWN(n)`. */
  state: StateName;
  /** Dotted decimal, or RFC 5952's form of IPv6. */
  address: string;
  port: number;
  u32: number;
  /** Hexadecimal: JSON has no integers of 64 bits. */
  u64: string;
  offload: OffloadStateName;
  /** ISO 8601 in UTC; `null` where the system does not tell. */
  filetime: string | null;
}

type RowValue<Name extends ColumnName> = RowValues[(typeof COLUMNS)[Name]["kind"]];

/**
 * One connection, as people read it: a field for each column of the layout. What `--json` and `--ndjson` print. A listener
 * has no remote end: `0.0.0.0` or `::` and port 0, whatever the table's bytes say. `user` is `null` where no process holds
 * the socket (`inode` 0).
 */
export type TcpRow = { -readonly [Name in keyof typeof COLUMNS as Name & CommonColumn]: RowValue<Name> } & {
  -readonly [Name in keyof typeof COLUMNS as Exclude<Name, CommonColumn>]?: Name extends "user"
    ? number | null
    : RowValue<Name>;
} & {
  /** All processes that hold the socket, `owningPid` first; only where there are several. */
  owningPids?: number[];
};

/** Reads one row; `index` is in the table. @internal */
export function readRow(engine: Engine, index: number): TcpRow {
  const row: Record<string, unknown> = {};
  const hasRemote = hasRemoteEnd(engine.column("state")[index] as number);
  for (const field of fieldsOf(engine.layout)) {
    row[field.column] = cellOf(engine, field, index, field.ofRemoteEnd && !hasRemote);
  }
  if (row.inode === 0 && "user" in row) row.user = null;
  if (engine.sharedOwners.length > 0) {
    const owners = ownersOf(engine, index);
    if (owners.length > 1) row.owningPids = owners;
  }
  return row as TcpRow;
}

/** A field of the rows of a layout. */
interface RowField {
  readonly column: ColumnName;
  readonly kind: ColumnKind;
  /** Whether it means nothing where there is no remote end. */
  readonly ofRemoteEnd: boolean;
}

/** By layout, once it was asked for: to look this up for each row would take longer than to make the row. */
let fieldsByLayout: Map<LayoutName, readonly RowField[]> | undefined;

function fieldsOf(layout: LayoutName): readonly RowField[] {
  fieldsByLayout ??= new Map();
  let fields = fieldsByLayout.get(layout);
  if (!fields) {
    fields = columnsOf(layout).map((column) => ({
      column,
      kind: COLUMNS[column].kind,
      ofRemoteEnd: column.startsWith("remote"),
    }));
    fieldsByLayout.set(layout, fields);
  }
  return fields;
}

/** @param hidden whether zeros stand for it */
function cellOf(
  engine: Engine,
  { column, kind }: RowField,
  index: number,
  hidden: boolean,
): RowValues[keyof RowValues] {
  const values = engine.column(column) as Uint32Array | BigUint64Array;
  switch (kind) {
    case "state": {
      const state = values[index] as number;
      return stateName(state === 255 ? exactState(engine.raw, engine.layout, index) : state);
    }
    case "address":
      return addressText(engine, values as Uint32Array, index, hidden);
    case "offload":
      return offloadStateName(values[index] as number);
    case "u64":
      return (values[index] as bigint).toString(16);
    case "filetime":
      return filetimeToDate(values[index] as bigint)?.toISOString() ?? null;
    default:
      return hidden ? 0 : (values[index] as number);
  }
}

function addressText({ layout }: Engine, column: Uint32Array, index: number, hidden: boolean): string {
  if (LAYOUTS[layout].family === 4) return formatIPv4(hidden ? 0 : (column[index] as number));
  if (hidden) return formatIPv6(0, 0, 0, 0);
  const at = index * 4;
  return formatIPv6(column[at] as number, column[at + 1] as number, column[at + 2] as number, column[at + 3] as number);
}
